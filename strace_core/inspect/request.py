"""What may be asked of a result: with its own model and prompt, at places that the traced prediction has."""

from numbers import Integral

from strace_core.errors import PositionError, PromptError, SettingError
from strace_core.model.capture import Capture
from strace_core.model.loaded import LoadedModel
from strace_core.result import TraceResult


def check_belong_together(model: LoadedModel, capture: Capture, result: TraceResult) -> None:
    """Raise ModelError if the capture or the result is another model's, PromptError if they are of different prompts.

    The captured prompt may go on after the traced position.
    """
    capture.check_is_of(model)
    result.check_is_of(model)
    if capture.prompt.token_ids[: len(result.prompt)] != result.prompt.token_ids:
        raise PromptError(
            f"the {len(capture.prompt)} captured tokens do not begin with the {len(result.prompt)} that were traced; "
            "capture the prompt that was traced."
        )


def checked_index(index: int, n: int, what: str) -> int:
    """A block or a head by number; raises SettingError if it is none of ``n``."""
    if not _is_integer(index) or not 0 <= index < n:
        raise SettingError(f"there is no {what} {index!r}; use an integer from 0 to {n - 1}.")
    return int(index)


def checked_token(token: int, result: TraceResult) -> int:
    """A token up to the traced position; raises PositionError for any other, since it plays no part."""
    last = len(result.prompt) - 1
    if not _is_integer(token) or not 0 <= token <= last:
        raise PositionError(
            f"token {token!r} plays no part in the prediction made at token {last}; use an integer from 0 to {last}."
        )
    return int(token)


def _is_integer(number: object) -> bool:
    return isinstance(number, Integral) and not isinstance(number, bool)
