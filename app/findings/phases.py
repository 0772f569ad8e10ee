"""The Phases section: at which sizes the distance falls, and how much of that is learned."""

import streamlit as st

from strace_core.study import twin

from ..charts.findings import phases
from ..wording import findings_captions as captions
from ..wording.findings_tables import contrast_table, half_fall_table
from ..wording.findings_words import STAGE_DIVISIONS
from .view import FindingsView, for_each_model, offer_csv, show_chart, show_table


def phases_section(view: FindingsView) -> None:
    """The fall by stage, trained models against their untrained twins, and the size of half the fall."""
    st.caption(captions.PHASES)
    by = st.segmented_control(
        "Divide sizes by", list(STAGE_DIVISIONS), format_func=STAGE_DIVISIONS.__getitem__, default="paper",
        required=True, key="division",
    )  # fmt: skip
    falls = view.table("fall_by_stage")

    def draw(model: str, place: int) -> None:
        show_chart(view, phases.draw(falls, by, model, twin(model)), "phases", model, place=place)

    for_each_model(view.subjects, draw)
    offer_csv(view, {"fall-by-stage": falls})
    contrast = view.table("trained_against_untrained")
    if len(contrast):
        st.markdown("**Trained against untrained**")
        of_division = contrast[contrast["by"] == by]
        show_table(view, contrast_table(of_division), contrast, "trained-against-untrained")
    st.markdown("**Where half of the distance is gone**")
    st.caption(captions.HALF_FALL)
    half = view.table("half_fall")
    show_table(view, half_fall_table(half), half, "half-fall")
