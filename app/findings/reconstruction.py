"""How close subgraphs come by size: reconstruction, the phases, and the size that each criterion needs."""

import streamlit as st

from strace_core.study import twin

from ..charts.findings import drawings as drawings
from ..wording import findings_captions as captions
from ..wording.findings_tables import contrast_table, criteria_table, half_fall_table
from ..wording.findings_words import AXES, DIVISIONS
from .view import FindingsView, chart, for_each_model, numbers, table


def reconstruction_section(view: FindingsView) -> None:
    """Distance against size, a chart for each model and twin."""
    st.caption(captions.RECONSTRUCTION)
    axis = st.segmented_control(
        "Sizes counted in", list(AXES), format_func=AXES.__getitem__, default="fraction", required=True,
        key="axis", help=captions.AXIS,
    )  # fmt: skip
    curve, marks = view.table("reconstruction_curve", axis=axis), view.table("structural_marks")

    def draw(model: str, place: int) -> None:
        chart(view, drawings.reconstruction(curve, marks, model, axis), f"reconstruction-{place}", model)

    for_each_model(view.models, draw)
    numbers(view, {"reconstruction": curve, "marks": marks})


def phases_section(view: FindingsView) -> None:
    """The fall by stage beside the untrained twin, and the size of half the fall."""
    st.caption(captions.PHASES)
    by = st.segmented_control(
        "Stages divided by", list(DIVISIONS), format_func=DIVISIONS.__getitem__, default="paper", required=True,
        key="division",
    )  # fmt: skip
    falls = view.table("fall_by_stage")

    def draw(model: str, place: int) -> None:
        chart(view, drawings.stages(falls, by, model, twin(model)), f"phases-{place}", model)

    for_each_model(view.subjects, draw)
    numbers(view, {"fall-by-stage": falls})
    contrast = view.table("trained_against_untrained")
    if len(contrast):
        st.markdown("**Trained against untrained**")
        of_division = contrast[contrast["by"] == by]
        table(view, contrast_table(of_division), contrast, "trained-against-untrained")
    st.markdown("**Where half of the distance is gone**")
    st.caption(captions.HALF_FALL)
    half = view.table("half_fall")
    table(view, half_fall_table(half), half, "half-fall")


def sizes_section(view: FindingsView) -> None:
    """The size that each criterion needs."""
    st.caption(captions.SIZES)
    sizes = view.table("size_by_criterion")

    def draw(model: str, place: int) -> None:
        chart(view, drawings.criteria(sizes, model, twin(model)), f"sizes-{place}", model)

    for_each_model(view.subjects, draw)
    table(view, criteria_table(sizes), sizes, "size-by-criterion")
