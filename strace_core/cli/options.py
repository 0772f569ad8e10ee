"""Options that several commands share, and what their values mean."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from strace_core.errors import SizeError
from strace_core.evaluate.sizes import SizeRequest

if TYPE_CHECKING:
    from strace_core.model.loaded import LoadedModel

SIZES_HELP = "paper, dense, or numbers: whole numbers count edges, decimals are fractions of all edges (default: paper)"


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add the model, and the options that say how to load it."""
    parser.add_argument("model", help="name of a demo model, directory, or Hub id")
    parser.add_argument("--revision", help="branch, tag or commit of a Hub model")
    parser.add_argument("--allow-pickle", action="store_true", help="also load weights that are not safetensors")
    add_device(parser)


def add_device(parser: argparse.ArgumentParser) -> None:
    """Add the device and the dtype to run on."""
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 or mps (default: %(default)s)")
    parser.add_argument("--dtype", default="auto", help="auto, float32, bfloat16 or float16 (default: %(default)s)")


def add_sizes(parser: argparse.ArgumentParser) -> None:
    """Add the subgraph sizes to evaluate."""
    parser.add_argument("--sizes", nargs="+", default=["paper"], metavar="SIZE", help=SIZES_HELP)


def load(given: argparse.Namespace) -> "LoadedModel":
    """Load the model that the arguments of :func:`add_model` name."""
    from strace_core.model.loading import load_model  # brings in torch, which --help does not need

    return load_model(
        given.model,
        revision=given.revision,
        device=given.device,
        dtype=given.dtype,
        allow_pickle=given.allow_pickle,
    )


def sizes_of(given: Sequence[str]) -> SizeRequest:
    """Read the value of ``--sizes``: the name of a grid, or numbers.

    Raises:
        SizeError: For a word that is neither.
    """
    if list(given) == ["paper"] or list(given) == ["dense"]:
        return "paper" if given[0] == "paper" else "dense"
    return [_number(text) for text in given]


def _number(text: str) -> int | float:
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    raise SizeError(f"size {text!r} is not a number; give edge counts, fractions, 'paper' or 'dense'.")
