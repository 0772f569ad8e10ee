"""The Recovery size section: how large a subgraph must be to meet each criterion."""

import streamlit as st

from strace_core.study import twin

from ..charts.findings import recovery
from ..wording import findings_captions as captions
from ..wording.findings_tables import criteria_table
from .view import FindingsView, for_each_model, show_chart, show_table


def recovery_section(view: FindingsView) -> None:
    """A chart for each model beside its untrained twin, and the table of all models."""
    st.caption(captions.RECOVERY)
    sizes = view.table("size_by_criterion")

    def draw(model: str, place: int) -> None:
        show_chart(view, recovery.draw(sizes, model, twin(model)), "recovery-size", model, place=place)

    for_each_model(view.subjects, draw)
    show_table(view, criteria_table(sizes), sizes, "size-by-criterion")
