"""Prepare what training needs and what ships beside the models.

    python -m scripts.demo_models.prepare --corpus CORPUS_FOLDER --tokenizer TOKENIZER_FOLDER

Trains the tokenizer, unless the folder already holds one. Writes the held-out prose to ``assets/text``, and to
``assets/models`` the token counts of the training prose (``unigram_counts.npz``, array ``counts``) and the picture
books' credits.
"""

import argparse
import shutil
from pathlib import Path

import numpy as np
from transformers import AutoTokenizer

from . import corpus, rows, tokenizer

ASSETS = Path(__file__).resolve().parents[2] / "assets"


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, help="folder of the corpus files")
    parser.add_argument("--tokenizer", type=Path, required=True, help="folder of the tokenizer")
    args = parser.parse_args()
    prose = corpus.load(args.corpus)
    corpus.write_sample(prose, ASSETS / "text")
    if not (args.tokenizer / "tokenizer.json").exists():
        tokenizer.train(prose).save_pretrained(args.tokenizer)
    trained = AutoTokenizer.from_pretrained(args.tokenizer, local_files_only=True)
    counts = rows.Sentences(prose, trained).unigram_counts(tokenizer.VOCABULARY)
    np.savez_compressed(ASSETS / "models" / "unigram_counts.npz", counts=counts)
    shutil.copyfile(args.corpus / corpus.ATTRIBUTION, ASSETS / "models" / corpus.ATTRIBUTION)


if __name__ == "__main__":
    main()
