"""Checks of the arguments of the inspect functions."""

from numbers import Integral

from strace_core.errors import PositionError, PromptError, SettingError
from strace_core.model.capture import Capture
from strace_core.model.loaded import LoadedModel
from strace_core.result import TraceResult


def check_belong_together(model: LoadedModel, capture: Capture, result: TraceResult) -> None:
    """Check that model, capture and result belong together. The captured prompt may extend beyond the traced one.

    Raises:
        ModelError: Capture or result belong to another model.
        PromptError: Capture and result belong to different prompts.
    """
    capture.check_is_of(model)
    result.check_is_of(model)
    if capture.prompt.token_ids[: len(result.prompt)] != result.prompt.token_ids:
        raise PromptError(
            f"the {len(capture.prompt)} captured tokens do not start with the {len(result.prompt)} that were traced; "
            "capture the traced prompt."
        )


def checked_index(index: int, n: int, what: str) -> int:
    """Return the index of a block or head, one of ``n``.

    Raises:
        SettingError: There is no such block or head.
    """
    if not _is_integer(index) or not 0 <= index < n:
        raise SettingError(f"there is no {what} {index!r}; use an integer from 0 to {n - 1}.")
    return int(index)


def checked_token(token: int, result: TraceResult) -> int:
    """Return a token position up to the traced one.

    Raises:
        PositionError: The traced prediction does not depend on the token, or there is no such token.
    """
    last = len(result.prompt) - 1
    if not _is_integer(token) or not 0 <= token <= last:
        raise PositionError(
            f"token {token!r} plays no part in the prediction at token {last}; use an integer from 0 to {last}."
        )
    return int(token)


def _is_integer(number: object) -> bool:
    return isinstance(number, Integral) and not isinstance(number, bool)
