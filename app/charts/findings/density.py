"""Density: a dot for each prompt of a model, its density against uncertainty, surprisal or length."""

import pandas as pd

from ...wording.findings_words import COVARIATES, DENSITY_MEASURES
from ..parts import Drawing
from .parts import about, of_model
from .scatter import dots, range_in_words, scatter_spec, shown_groups


def draw(runs: pd.DataFrame, model: str, measure: str, covariate: str, most: int, *, clickable: bool) -> Drawing:
    """A measure of density against a covariate, a dot for each prompt of one model.

    Args:
        runs: traced runs with their ``shown_group``, the covariates and every measure of density.
        model: the model to show. The legend has the groups of all models, so that their charts share one.
        measure: the column up, a key of ``DENSITY_MEASURES``.
        covariate: the column across, a key of ``COVARIATES``.
        most: the most dots to draw.
        clickable: whether clicking a dot selects it.
    """
    x_title, y_title = COVARIATES[covariate], DENSITY_MEASURES[measure]
    rows = dots(of_model(runs, model), covariate, measure, most)
    spec = scatter_spec(
        shown_groups(runs), x_title=x_title, y_title=y_title, log=covariate == "n_tokens", clickable=clickable
    )
    return Drawing(rows, spec, about(model, range_in_words(rows, x_title, y_title)))
