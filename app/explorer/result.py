"""One result: the graph with its slider, what the subgraph of that size predicts, and the tabs that follow it."""

from collections.abc import Callable

import streamlit as st

from strace_core import TraceResult

from .. import session
from ..components.trace_graph import SelectedNode, trace_graph
from ..service import cache
from ..wording.sizes import nearest_size, rebuilt_size
from .answer import Shown
from .compare import compare_panel
from .detail import KINDS as LOOKED_INTO
from .detail import detail_panel
from .export import keep_panel
from .layers import kinds_panel, waking_panel
from .prediction import curve_panel, prediction_panel
from .sidebar import Choice
from .tables import numbers_panel, table_panel
from .text_density import density_panel
from .view import PanelView

Panel = Callable[[PanelView], None]

TABS: dict[str, Panel] = {
    "Waking up": waking_panel,
    "Kinds": kinds_panel,
    "Numbers": numbers_panel,
    "Table": table_panel,
    "Compare": compare_panel,
    "Text": density_panel,
    "Keep": keep_panel,
}


@st.fragment
def explore(shown: Shown, choice: Choice) -> None:
    """The graph on the left, the prediction on the right, tabs below. A step of the slider runs this alone."""
    result = shown.result
    assert result is not None
    graph, beside = st.container(key="answer").columns([3, 2], gap="medium")
    with graph:
        size, selected = _graph(result, choice)
    view = PanelView(result, _with_baselines(shown, choice), shown.request, size, choice)
    with beside:
        _beside(view, selected)
    tabs = st.container(key="panels").tabs(list(TABS), key=session.PANEL_KEY, bind=session.BIND)
    for tab, panel in zip(tabs, TABS.values(), strict=True):
        if tab.open:
            with tab:
                panel(view)
    session.write_address()


def _graph(result: TraceResult, choice: Choice) -> tuple[int, SelectedNode | None]:
    """Draw the graph; the size and the selection that the reader has left it at."""
    visit = session.visit()
    start = nearest_size(result.curve, visit.size_for(result.id, rebuilt_size(result.curve)))
    left = trace_graph(
        cache.graph_payload(result, visit.view), size=start, key="graph", revision=visit.revision, large=choice.large
    )
    if left.view is not None and left.view != visit.view:
        visit.view = left.view
        st.rerun(scope="fragment")
    visit.size = left.size
    return left.size, left.selected


def _with_baselines(shown: Shown, choice: Choice) -> TraceResult:
    """The result with those of the chosen baselines that have been run."""
    result, request = shown.result, shown.request
    assert result is not None
    if request is None:
        return result
    there = [name for name in choice.baselines if cache.has_baseline(request, name)]
    return cache.with_baselines(request, result, there)


def _beside(view: PanelView, selected: SelectedNode | None) -> None:
    """The prediction and its curve; in their place the detail of what is selected in the graph."""
    if selected is not None and selected.kind in LOOKED_INTO:
        detail_panel(view, selected)
    else:
        prediction_panel(view)
    curve_panel(view)
