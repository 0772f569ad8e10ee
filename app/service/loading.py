"""Models from disk or hub into memory, by threads that do nothing else: here torch and transformers are imported."""

import gc
from dataclasses import replace
from typing import TYPE_CHECKING

from strace_core import ModelError, StraceError

from ..access.settings import ModelPlace

if TYPE_CHECKING:
    from strace_core import LoadedModel, Verdict


def check(place: ModelPlace) -> "Verdict":
    """The verdict on a model before it is loaded."""
    from strace_core import check_model

    verdict = check_model(place.location, revision=place.revision)
    return replace(verdict, name=place.name, reason=_by_its_name(verdict.reason, place))


def load(place: ModelPlace) -> "LoadedModel":
    """The model, ready to be traced by several threads. Raises ModelError and NumericalError."""
    from strace_core import load_model, trace_prompt

    verdict = check(place)
    if verdict.longest_prompt == 0:
        raise ModelError(f"{place.name!r} does not fit in the memory that is free; choose a smaller model.")
    try:
        loaded = load_model(place.location, revision=place.revision)
    except StraceError as error:
        raise type(error)(_by_its_name(str(error), place)) from error
    loaded = replace(loaded, spec=replace(loaded.spec, name=place.name))
    # The first use of a tokenizer may change it, and the first trace compiles: neither is for a visitor to wait for.
    if loaded.tokenizer is not None:
        loaded.tokenizer("a")
    trace_prompt(loaded, [0], sizes=[1])
    _set_long_lived_objects_aside()
    return loaded


def _by_its_name(message: str, place: ModelPlace) -> str:
    """A message that says the model's name where it said its directory, which is no visitor's business."""
    return message.replace(place.location, place.name)


def _set_long_lived_objects_aside() -> None:
    """Spare the garbage collector what is there to stay.

    Streamlit collects after every run. Over all that torch and transformers hold that takes a quarter of a second, in
    which the run's last messages wait.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
