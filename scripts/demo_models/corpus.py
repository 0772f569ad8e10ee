"""Read, clean and split the prose corpus.

The corpus folder holds gzip files of UTF-8 text, one paragraph per line. Each file is cut into documents: picture books
into stories (their titles are in the attribution table), the rest into runs of whole paragraphs of about 3,000
characters. A hash of the file name and document number selects about 2 % of the documents to hold out. Those are
shipped in ``assets/text``, separated by blank lines, so that losses can be checked without the corpus.
"""

import gzip
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

FILES = ("fairy_tales_pd", "childrens_classics_pd", "picture_books_ccby")
ATTRIBUTION = "picture_books_ccby.ATTRIBUTION.tsv"
HELD_OUT_PER_MILLE = 20
RUN_CHARACTERS = 3000
LOOK_AHEAD = 5
_SENTENCE_END = re.compile(r"""(?:(?<=[.!?])|(?<=[.!?]["']))\s+(?=["'A-Z])""")


@dataclass(frozen=True)
class Prose:
    """Documents of one corpus file, each a list of paragraphs."""

    name: str
    train: list[list[str]]
    held_out: list[list[str]]


def _paragraphs(path: Path) -> list[str]:
    """Lines of a corpus file, stripped of bracketed notes, emphasis marks and control characters."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        lines = [re.sub(r"[_\x00-\x08\x0b-\x1f\x7f-\x9f]", "", line).strip() for line in stream]
    lines = [re.sub(r"\s+", " ", re.sub(r"\[[^\]]*\]", "", line)).strip() for line in lines]
    return [line for line in lines if line]


def _stories(paragraphs: list[str], titles: list[str]) -> list[list[str]]:
    """Cut picture books at their titles, which follow the order of the attribution table."""
    stories: list[list[str]] = [[]]
    following = 0
    for line in paragraphs:
        ahead = titles[following : following + LOOK_AHEAD]
        if line in ahead:
            following += ahead.index(line) + 1
            stories.append([])
        stories[-1].append(line)
    return [story for story in stories if story]


def _runs(paragraphs: list[str]) -> list[list[str]]:
    """Cut a long text into runs of whole paragraphs."""
    runs: list[list[str]] = [[]]
    length = 0
    for line in paragraphs:
        if length >= RUN_CHARACTERS:
            runs.append([])
            length = 0
        runs[-1].append(line)
        length += len(line)
    return runs


def _is_held_out(name: str, number: int) -> bool:
    digest = hashlib.blake2b(f"{name} {number}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % 1000 < HELD_OUT_PER_MILLE


def load(folder: Path) -> list[Prose]:
    """Load the whole corpus, cut into documents and split."""
    titles = [
        re.sub(r"\s+", " ", line.split(" | ")[0]).strip()
        for line in (folder / ATTRIBUTION).read_text(encoding="utf-8").splitlines()
    ]
    prose = []
    for name in FILES:
        paragraphs = _paragraphs(folder / f"{name}.txt.gz")
        documents = _stories(paragraphs, titles) if name.startswith("picture") else _runs(paragraphs)
        sides: tuple[list[list[str]], list[list[str]]] = ([], [])
        for number, document in enumerate(documents):
            sides[_is_held_out(name, number)].append(document)
        prose.append(Prose(name, sides[0], sides[1]))
    return prose


def sentences(document: list[str]) -> list[tuple[str, str]]:
    """The sentences of a document, each with the space or newline that joins it to the one before."""
    found = []
    for paragraph in document:
        for number, sentence in enumerate(_SENTENCE_END.split(paragraph)):
            found.append((" " if number else "\n", sentence))
    return found


def write_sample(prose: list[Prose], folder: Path) -> None:
    """Write the held-out documents, one gzip file per corpus file, byte-reproducible."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in prose:
        text = "\n\n".join("\n".join(document) for document in part.held_out) + "\n"
        with (
            open(folder / f"{part.name}.heldout.txt.gz", "wb") as raw,
            gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as stream,
        ):
            stream.write(text.encode())


def read_sample(folder: Path) -> dict[str, list[str]]:
    """Read the shipped held-out documents, by corpus file."""
    sample = {}
    for name in FILES:
        with gzip.open(folder / f"{name}.heldout.txt.gz", "rt", encoding="utf-8") as stream:
            sample[name] = stream.read().rstrip("\n").split("\n\n")
    return sample
