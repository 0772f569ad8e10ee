"""Untrained twins: the same architecture and tokens, with random weights, as a control."""

from strace_core.model.spec import UNTRAINED


def is_untrained(model: str) -> bool:
    """Whether a model of a study, given by name, is an untrained twin."""
    return model.endswith(UNTRAINED)


def twin(model: str) -> str:
    """The name of a model's untrained twin."""
    return model + UNTRAINED
