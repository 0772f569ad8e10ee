"""The Reconstruction section: distance to the full model against size."""

import streamlit as st

from ..charts.findings import reconstruction
from ..wording import findings_captions as captions
from ..wording.findings_words import AXES
from .view import FindingsView, for_each_model, offer_csv, show_chart


def reconstruction_section(view: FindingsView) -> None:
    """A chart for each model and untrained twin, on an axis of the reader's choice."""
    st.caption(captions.RECONSTRUCTION)
    axis = st.segmented_control(
        "Unit of size", list(AXES), format_func=AXES.__getitem__, default="fraction", required=True, key="axis",
        help=captions.AXIS,
    )  # fmt: skip
    curve, marks = view.table("reconstruction_curve", axis=axis), view.table("structural_marks")

    def draw(model: str, place: int) -> None:
        drawing = reconstruction.draw(curve, marks, model, axis)
        show_chart(view, drawing, "reconstruction", model, place=place)

    for_each_model(view.models, draw)
    offer_csv(view, {"reconstruction": curve, "marks": marks})
