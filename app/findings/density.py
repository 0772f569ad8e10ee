"""The Density section: density against uncertainty, surprisal or length, and by group of prompts."""

from typing import TYPE_CHECKING

import streamlit as st

from ..charts.findings import density
from ..charts.findings.scatter import MOST_DOTS, with_shown_groups
from ..wording import findings_captions as captions
from ..wording.findings_tables import correlates_table, groups_table
from ..wording.findings_words import COVARIATES, DENSITY_MEASURES
from .opening import can_open, note_limits, opener
from .view import FindingsView, for_each_model, offer_csv, show_chart, show_table

if TYPE_CHECKING:
    import pandas as pd


def density_section(view: FindingsView) -> None:
    """A scatter plot for each model, the correlations, and the means of the groups."""
    st.caption(captions.DENSITY)
    runs = with_shown_groups(_with_densities(view))
    there = [name for name in COVARIATES if runs[name].notna().any()]
    measure = st.segmented_control(
        "Density measured as", list(DENSITY_MEASURES), format_func=DENSITY_MEASURES.__getitem__,
        default=next(iter(DENSITY_MEASURES)), required=True, key="density-measure", help=captions.DENSITY_MEASURE,
    )  # fmt: skip
    covariate = st.segmented_control(
        "Against", there, format_func=COVARIATES.__getitem__, default=there[0], required=True, key="covariate"
    )
    most = MOST_DOTS // max(1, len(view.models))

    def draw(model: str, place: int) -> None:
        opens = can_open(model)
        drawing = density.draw(runs, model, measure, covariate, most, clickable=opens)
        on_pick = opener(view, runs, model) if opens else None
        show_chart(view, drawing, "density", model, place=place, on_pick=on_pick)
        note_limits(model, opens, len(drawing.rows), int((runs["model"] == model).sum()))

    for_each_model(view.models, draw)
    correlates = view.table("density_correlates")
    st.markdown("**Correlation**")
    st.caption(captions.CORRELATES)
    show_table(view, correlates_table(correlates, measure, covariate), correlates, "density-correlates")
    st.markdown("**By group**")
    st.caption(captions.GROUPS)
    groups = view.table("density_by_group")
    show_table(view, groups_table(groups, measure), groups, "density-by-group")
    offer_csv(view, {"prompts": runs.drop(columns=["entries", "shown_group"])})


def _with_densities(view: FindingsView) -> "pd.DataFrame":
    """The traced runs, with every measure of density among their columns."""
    measured = view.table("run_densities")
    others = view.study.traced.columns.difference(DENSITY_MEASURES, sort=False)
    return view.study.traced[others].merge(measured, on=["model", "score", "search", "prompt_id"])
