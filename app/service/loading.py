"""Models from disk or the hub into memory, in worker threads of their own. torch and transformers load here."""

import gc
from dataclasses import replace
from typing import TYPE_CHECKING

from strace_core import ModelError, StraceError

from ..access.settings import ModelPlace

if TYPE_CHECKING:
    from strace_core import LoadedModel, Verdict


def check(place: ModelPlace) -> "Verdict":
    """Judge a model before it is loaded."""
    from strace_core import check_model

    verdict = check_model(place.location, revision=place.revision)
    return replace(verdict, name=place.name, reason=_by_its_name(verdict.reason, place))


def load(place: ModelPlace) -> "LoadedModel":
    """Load a model, ready to be traced by several threads. Raises ModelError and NumericalError."""
    from strace_core import load_model, trace_prompt

    verdict = check(place)
    if verdict.longest_prompt == 0:
        raise ModelError(f"{place.name!r} does not fit in the free memory; choose a smaller model.")
    try:
        loaded = load_model(place.location, revision=place.revision)
    except StraceError as error:
        raise type(error)(_by_its_name(str(error), place)) from error
    loaded = replace(loaded, spec=replace(loaded.spec, name=place.name))
    # A tokenizer's first use may change it, and the first trace compiles kernels. Do both before visitors come.
    if loaded.tokenizer is not None:
        loaded.tokenizer("a")
    trace_prompt(loaded, [0], sizes=[1])
    _freeze_long_lived_objects()
    return loaded


def _by_its_name(message: str, place: ModelPlace) -> str:
    """Replace the model's directory by its name: visitors need not know the directory."""
    return message.replace(place.location, place.name)


def _freeze_long_lived_objects() -> None:
    """Exempt everything loaded so far from garbage collection.

    Streamlit collects after every run. Going through all that torch and transformers hold takes a quarter of a second,
    during which the run's last messages wait.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
