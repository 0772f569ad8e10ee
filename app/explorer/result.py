"""A result: the graph with its slider, what the subgraph of that size predicts, and the tabs."""

from collections.abc import Callable

import streamlit as st

from strace_core import TraceResult

from .. import session
from ..components.trace_graph import SelectedNode, trace_graph
from ..service import cache
from ..wording.sizes import nearest_size, rebuilt_size
from .answer import Shown
from .compare import compare_panel
from .detail import KINDS as KINDS_WITH_DETAIL
from .detail import detail_panel
from .export import export_panel
from .layers import kinds_panel, layers_panel
from .prediction import curve_panel, prediction_panel
from .tables import numbers_panel, table_panel
from .text_density import density_panel
from .view import Choice, PanelView

Panel = Callable[[PanelView], None]

TABS: dict[str, Panel] = {
    "Layers": layers_panel,
    "Kinds": kinds_panel,
    "Numbers": numbers_panel,
    "Table": table_panel,
    "Compare": compare_panel,
    "Text": density_panel,
    "Export": export_panel,
}


@st.fragment
def explore(shown: Shown, choice: Choice) -> None:
    """Draw the graph on the left, the prediction on the right, tabs below. A move of the slider reruns only this."""
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
    """Draw the graph, and return the size and the selection it is left at."""
    visit = session.visit()
    start = nearest_size(result.curve, visit.size_for(result.id, rebuilt_size(result.curve)))
    payload = cache.graph_payload(result, visit.view)
    state = trace_graph(payload, size=start, key="graph", revision=visit.size_revision, large=choice.large)
    if state.view is not None and state.view != visit.view:
        visit.view = state.view
        st.rerun(scope="fragment")
    visit.size = state.size
    return state.size, state.selected


def _with_baselines(shown: Shown, choice: Choice) -> TraceResult:
    """Return the result with those of the chosen baselines that have been computed."""
    result, request = shown.result, shown.request
    assert result is not None
    if request is None:
        return result
    computed = [name for name in choice.baselines if cache.has_baseline(request, name)]
    return cache.with_baselines(request, result, computed)


def _beside(view: PanelView, selected: SelectedNode | None) -> None:
    """Draw the prediction, or the detail of what is selected in the graph; below, the curve."""
    if selected is not None and selected.kind in KINDS_WITH_DETAIL:
        detail_panel(view, selected)
    else:
        prediction_panel(view)
    curve_panel(view)
