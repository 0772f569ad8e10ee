"""One dot for each prompt: density against other things, and in one model against another. A click opens a prompt."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from strace_core import StraceError
from strace_core.study import is_untrained

from .. import session
from ..access.settings import permitted, settings
from ..charts.findings import drawings as drawings
from ..charts.findings.frames import MOST_DOTS, with_shown_groups
from ..charts.parts import picked
from ..service.requests import TraceRequest
from ..wording import findings_captions as captions
from ..wording.findings_tables import agreement_table, correlates_table, groups_table
from ..wording.findings_words import COVARIATES, MEASURED_BY, model_label
from ..wording.text import plain_markdown
from .view import FindingsView, chart, for_each_model, numbers, table

if TYPE_CHECKING:
    import pandas as pd


def density_section(view: FindingsView) -> None:
    """Density against uncertainty, surprisal or length, and by group."""
    st.caption(captions.DENSITY)
    runs = with_shown_groups(_with_densities(view))
    there = [name for name in COVARIATES if runs[name].notna().any()]
    measure = st.segmented_control(
        "Density, measured by", list(MEASURED_BY), format_func=MEASURED_BY.__getitem__, default=next(iter(MEASURED_BY)),
        required=True, key="density-measure", help=captions.MEASURED_BY,
    )  # fmt: skip
    covariate = st.segmented_control(
        "against", there, format_func=COVARIATES.__getitem__, default=there[0], required=True, key="covariate",
    )  # fmt: skip
    most = MOST_DOTS // max(1, len(view.models))

    def draw(model: str, place: int) -> None:
        opens = _opens(model)
        drawing = drawings.density(runs, model, measure, covariate, most, clickable=opens)
        chart(view, drawing, f"density-{place}", model, on_pick=_opener(view, runs, model) if opens else None)
        _say_what_is_missing(model, opens, len(drawing.rows), int((runs["model"] == model).sum()))

    for_each_model(view.models, draw)
    correlates = view.table("density_correlates")
    st.markdown("**Does it go along?**")
    st.caption(captions.CORRELATES)
    table(view, correlates_table(correlates, measure, covariate), correlates, "density-correlates")
    st.markdown("**By group**")
    st.caption(captions.GROUPS)
    groups = view.table("density_by_group")
    table(view, groups_table(groups, measure), groups, "density-by-group")
    numbers(view, {"prompts": runs.drop(columns=["entries", "shown_group"])})


def _with_densities(view: FindingsView) -> "pd.DataFrame":
    """The traced runs, every measure of density among their columns."""
    measured = view.table("run_densities")
    others = view.study.traced.columns.difference(MEASURED_BY, sort=False)
    return view.study.traced[others].merge(measured, on=["model", "score", "search", "prompt_id"])


def agreement_section(view: FindingsView) -> None:
    """Density in one model against that in another."""
    if len(view.models) < 2:
        st.info(captions.ONE_MODEL)
        return
    st.caption(captions.AGREEMENT)
    trained = [name for name in view.models if not is_untrained(name)]
    start = [*trained, *(name for name in view.models if name not in trained)]
    plot, beside = st.columns([3, 2], gap="medium")
    with beside:
        first = st.selectbox("Across", view.models, view.models.index(start[0]), format_func=model_label, key="across")
        others = [name for name in view.models if name != first]
        second = st.selectbox(
            "Upwards", others, others.index(start[1]) if start[1] in others else 0, format_func=model_label,
            key="upwards",
        )  # fmt: skip
        says = st.container()
    runs = view.study.traced
    key = ["prompt_id"]
    above = runs.loc[runs["model"] == second, [*key, "auc_tv_log"]].rename(columns={"auc_tv_log": "y_density"})
    pairs = runs[runs["model"] == first].merge(above, on=key).rename(columns={"auc_tv_log": "x_density"})
    pairs = with_shown_groups(pairs)
    opened = next((name for name in (first, second) if _opens(name)), None)
    with plot:
        drawing = drawings.agreement(pairs, first, second, clickable=opened is not None)
        chart(view, drawing, "agreement", first, second, on_pick=opened and _opener(view, pairs, opened))
    with says:
        _say_what_is_missing(first, opened is not None, len(drawing.rows), len(pairs))
        if opened is not None:
            st.caption(f"A click opens the prompt with {plain_markdown(model_label(opened))}.")
    agreement = view.table("model_agreement")
    table(view, agreement_table(agreement), agreement, "model-agreement")


def _opener(view: FindingsView, runs: "pd.DataFrame", model: str) -> Callable[[Mapping[str, Any]], None]:
    """Has the prompt of the dot that was clicked be opened with a model."""

    def opened(event: Mapping[str, Any]) -> None:
        row = picked(event, "number")
        if row is not None and row in runs.index:
            run = runs.loc[row]
            effort = session.effort_of(run["search"], view.study.settings.get("effort"))
            session.visit().chosen = TraceRequest(
                model, str(run["text"]), score=str(run["score"]), search=str(run["search"]), effort=effort
            )

    return opened


def _opens(model: str) -> bool:
    """Whether the explorer of this server opens a model."""
    try:
        permitted(settings(), model)
    except StraceError:
        return False
    return True


def _say_what_is_missing(model: str, opens: bool, n_drawn: int, n_all: int) -> None:
    said = []
    if n_drawn < n_all:
        said.append(f"{n_drawn:,} of {n_all:,} prompts are drawn, the same ones for every model.")
    if not opens:
        said.append(captions.UNTRAINED_CLOSED if is_untrained(model) else captions.NOT_OFFERED)
    if said:
        st.caption(" ".join(said))
