"""Errors that a caller can cause. Each message names the value, the limit and the remedy."""


class StraceError(Exception):
    """Base class of all errors that this library raises on purpose."""


class PromptError(StraceError):
    """The prompt cannot be traced: it is empty, too long, not text, or has token ids outside the vocabulary."""


class PositionError(StraceError):
    """The requested position is not a token of the prompt."""


class SizeError(StraceError):
    """The requested subgraph size is not a number of edges that this graph can have."""


class ModelError(StraceError):
    """The model is unknown, cannot be loaded, or has an unsupported architecture."""


class SettingError(StraceError):
    """A setting has no such option, such as an unknown score rule, baseline or dtype."""


class NumericalError(StraceError):
    """A number is not finite, or does not match what the unmodified model computes."""


class FileError(StraceError):
    """A file cannot be written or read because of its extension, its location or its content."""


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, or the name of its type if the message is empty."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
