"""Agreement: a dot for each prompt, its density in one model against its density in another."""

import pandas as pd

from ...wording.findings_words import model_label
from ..parts import Drawing
from .scatter import dots, range_in_words, scatter_spec, shown_groups


def draw(pairs: pd.DataFrame, first: str, second: str, *, clickable: bool) -> Drawing:
    """The densities of the same prompts in two models.

    Args:
        pairs: runs of the first model, with their ``shown_group``, ``x_density`` in the first and ``y_density`` in the
            second model.
        first: the model across.
        second: the model up.
        clickable: whether clicking a dot selects it.
    """
    rows = dots(pairs, "x_density", "y_density")
    x_title, y_title = (f"density in {model_label(name)}" for name in (first, second))
    spec = scatter_spec(shown_groups(pairs), x_title=x_title, y_title=y_title, clickable=clickable)
    return Drawing(rows, spec, range_in_words(rows, x_title, y_title))
