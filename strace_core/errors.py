"""The errors a caller can cause. Each message names the value, the limit and the remedy."""


class StraceError(Exception):
    """Base of every error this library raises on purpose; catch it to catch them all."""


class PromptError(StraceError):
    """The prompt cannot be traced: empty, too long, not text, or ids outside the vocabulary."""


class PositionError(StraceError):
    """The traced position is not a token of the prompt."""


class SizeError(StraceError):
    """A requested subgraph size is not a number of edges this graph can have."""


class ModelError(StraceError):
    """The model is unknown, cannot be loaded, or has an architecture without an adapter."""


class SettingError(StraceError):
    """A named choice (score rule, grid of sizes, device ...) does not exist."""


class NumericalError(StraceError):
    """A number that should be finite, or that should agree with the plain model, is not."""


class FileError(StraceError):
    """A file cannot be written or read: its ending, its place, or what is in it."""
