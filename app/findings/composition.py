"""What subgraphs are made of: kinds and depths of edges, closeness to the unigram distribution, reuse of components."""

import streamlit as st

from ..charts.findings import drawings as drawings
from ..wording import findings_captions as captions
from ..wording.findings_tables import gini_table
from ..wording.findings_words import small_number
from .view import FindingsView, chart, for_each_model, numbers, table

MEASURES = {"share": "of the kept edges", "lift": "beside what there is"}

SIZES = (1e-3, 1e-2, 1e-1)
"""Relative sizes at which the use of components is looked at."""


def makeup_section(view: FindingsView) -> None:
    """Kinds of edge on the left, depths on the right, a line of charts for each model."""
    st.caption(captions.MAKEUP)
    measure = st.segmented_control(
        "Share", list(MEASURES), format_func=MEASURES.__getitem__, default="share", required=True, key="makeup",
    )  # fmt: skip
    kinds, depths = view.table("share_by_kind"), view.table("share_by_depth")

    def draw(model: str, place: int) -> None:
        left, right = st.columns(2, gap="medium")
        with left:
            chart(view, drawings.makeup(kinds, model, "kind", measure), f"kinds-{place}", model)
        with right:
            chart(view, drawings.makeup(depths, model, "depth", measure), f"depths-{place}", model)

    for_each_model(view.models, draw, columns=1)
    numbers(view, {"share-by-kind": kinds, "share-by-depth": depths})


def unigram_section(view: FindingsView) -> None:
    """Closeness to the unigram distribution, by distance and by rank."""
    found = view.table("unigram_closeness")
    if found.empty:
        st.info(captions.NO_UNIGRAMS)
        return
    st.caption(captions.UNIGRAM)

    def draw(model: str, place: int) -> None:
        left, right = st.columns(2, gap="medium")
        with left:
            chart(view, drawings.unigram(found, model, "unigram_tv"), f"unigram-distance-{place}", model)
        with right:
            chart(view, drawings.unigram(found, model, "unigram_rank"), f"unigram-rank-{place}", model)

    for_each_model([name for name in view.models if (found["model"] == name).any()], draw, columns=1)
    numbers(view, {"unigram-closeness": found})


def reuse_section(view: FindingsView) -> None:
    """Lorenz curves with their Gini coefficients, and the use of each component at a size."""
    st.caption(captions.REUSE)
    curves, coefficients = view.table("lorenz", fractions=SIZES), view.table("gini", fractions=SIZES)

    def draw(model: str, place: int) -> None:
        chart(view, drawings.lorenz(curves, model), f"lorenz-{place}", model)

    for_each_model(view.models, draw)
    table(view, gini_table(coefficients), coefficients, "gini")
    st.markdown("**Which components**")
    st.caption(captions.USE_GRID)
    size = st.segmented_control(
        "Size of the subgraphs", SIZES, format_func=lambda x: f"{small_number(x)} of the edges", default=SIZES[1],
        required=True, key="use-size",
    )  # fmt: skip
    use = view.table("component_use", fraction=size)

    def draw_grid(model: str, place: int) -> None:
        chart(view, drawings.use(use, model), f"use-{place}", model)

    for_each_model(view.models, draw_grid)
    numbers(view, {"lorenz": curves, "component-use": use})
