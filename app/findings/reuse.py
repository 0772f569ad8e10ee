"""The Reuse section: whether different prompts use the same heads and MLPs."""

import streamlit as st

from ..charts.findings import lorenz, use
from ..wording import findings_captions as captions
from ..wording.findings_tables import gini_table
from ..wording.findings_words import of_the_edges
from .view import FindingsView, for_each_model, offer_csv, show_chart, show_table

SIZES = (1e-3, 1e-2, 1e-1)
"""Relative sizes at which the use of components is compared."""


def reuse_section(view: FindingsView) -> None:
    """Lorenz curves with their Gini coefficients, and the use of each component at one size."""
    st.caption(captions.REUSE)
    curves, coefficients = view.table("lorenz", fractions=SIZES), view.table("gini", fractions=SIZES)

    def draw_curves(model: str, place: int) -> None:
        show_chart(view, lorenz.draw(curves, model), "lorenz", model, place=place)

    for_each_model(view.models, draw_curves)
    show_table(view, gini_table(coefficients), coefficients, "gini")
    st.markdown("**Which components**")
    st.caption(captions.USE_GRID)
    size = st.segmented_control(
        "Size of the subgraphs", SIZES, format_func=of_the_edges, default=SIZES[1], required=True, key="use-size"
    )
    components = view.table("component_use", fraction=size)

    def draw_grid(model: str, place: int) -> None:
        show_chart(view, use.draw(components, model), "use", model, place=place)

    for_each_model(view.models, draw_grid)
    offer_csv(view, {"lorenz": curves, "component-use": components})
