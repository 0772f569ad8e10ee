"""The Composition section: what subgraphs consist of, by kind of edge and by depth."""

import streamlit as st

from ..charts.findings import composition
from ..wording import findings_captions as captions
from ..wording.findings_words import COMPOSITION_MEASURES
from .view import FindingsView, for_each_model, offer_csv, show_chart


def composition_section(view: FindingsView) -> None:
    """Kinds of edge and quarters of the blocks, two charts for each model."""
    st.caption(captions.COMPOSITION)
    measure = st.segmented_control(
        "Measure", list(COMPOSITION_MEASURES), format_func=COMPOSITION_MEASURES.__getitem__, default="share",
        required=True, key="composition-measure",
    )  # fmt: skip
    kinds, depths = view.table("share_by_kind"), view.table("share_by_depth")

    def draw(model: str, place: int) -> None:
        left, right = st.columns(2, gap="medium")
        with left:
            show_chart(view, composition.draw(kinds, model, "kind", measure), "kinds", model, place=place)
        with right:
            show_chart(view, composition.draw(depths, model, "depth", measure), "depths", model, place=place)

    for_each_model(view.models, draw, columns=1)
    offer_csv(view, {"share-by-kind": kinds, "share-by-depth": depths})
