"""The Agreement section: density in one model against density in another."""

from typing import TYPE_CHECKING

import streamlit as st

from strace_core.study import is_untrained

from ..charts.findings import agreement
from ..charts.findings.scatter import with_shown_groups
from ..wording import findings_captions as captions
from ..wording.findings_tables import agreement_table
from ..wording.findings_words import model_label
from ..wording.text import plain_markdown
from .opening import can_open, note_limits, opener
from .view import FindingsView, show_chart, show_table

if TYPE_CHECKING:
    import pandas as pd

DENSITY = "auc_tv_log"
"""The measure of density that is compared, the paper's."""


def agreement_section(view: FindingsView) -> None:
    """A scatter plot of two models of the reader's choice, and the table of all pairs."""
    if len(view.models) < 2:
        st.info(captions.ONE_MODEL)
        return
    st.caption(captions.AGREEMENT)
    plot, beside = st.columns([3, 2], gap="medium")
    with beside:
        first, second = _pick_pair(view.models)
        notes = st.container()
    pairs = with_shown_groups(_pairs(view.study.traced, first, second))
    opened = next((name for name in (first, second) if can_open(name)), None)
    with plot:
        drawing = agreement.draw(pairs, first, second, clickable=opened is not None)
        on_pick = opener(view, pairs, opened) if opened is not None else None
        show_chart(view, drawing, "agreement", first, second, on_pick=on_pick)
    with notes:
        note_limits(first, opened is not None, len(drawing.rows), len(pairs))
        if opened is not None:
            st.caption(f"Clicking a dot opens the prompt in {plain_markdown(model_label(opened))}.")
    table = view.table("model_agreement")
    show_table(view, agreement_table(table), table, "model-agreement")


def _pick_pair(models: list[str]) -> tuple[str, str]:
    """The two models to compare, at first the first two that are trained."""
    start = sorted(models, key=is_untrained)
    first = st.selectbox(
        "Horizontal axis", models, models.index(start[0]), format_func=model_label, key="horizontal-axis"
    )
    others = [name for name in models if name != first]
    second = st.selectbox(
        "Vertical axis", others, others.index(start[1]) if start[1] in others else 0, format_func=model_label,
        key="vertical-axis",
    )  # fmt: skip
    return first, second


def _pairs(runs: "pd.DataFrame", first: str, second: str) -> "pd.DataFrame":
    """The runs of the first model whose prompt was traced in the second too, with both densities."""
    above = runs.loc[runs["model"] == second, ["prompt_id", DENSITY]].rename(columns={DENSITY: "y_density"})
    return runs[runs["model"] == first].merge(above, on=["prompt_id"]).rename(columns={DENSITY: "x_density"})
