"""A model with random weights, as a contrast: same graph, same tokens, nothing learned."""

UNTRAINED = ":untrained"
"""How the name of an untrained twin ends, after that of its model."""


def is_untrained(model: str) -> bool:
    """Whether a model of a study is an untrained twin."""
    return model.endswith(UNTRAINED)


def twin(model: str) -> str:
    """The name that the untrained twin of a model has."""
    return model + UNTRAINED
