"""The detail of what is selected in the graph: a head, an MLP, or a state of the residual stream."""

import pandas as pd
import streamlit as st

from strace_core import StraceError

from ..charts import head_sources, state_lens
from ..components.trace_graph import SelectedNode
from ..service import cache
from ..wording import captions
from ..wording.details import effects_table, mlp_numbers, sources_table
from ..wording.names import component_name
from ..wording.numbers import numbers_frame
from ..wording.text import plain_markdown, sentence
from ..wording.tokens import spoken_token
from .result_chart import result_chart
from .view import PanelView


def detail_panel(view: PanelView, selected: SelectedNode) -> None:
    """Draw the selected component or state. Escape in the graph, or a click on its background, closes it."""
    if not view.has_model:
        st.info(captions.NEEDS_MODEL)
        return
    last = len(view.result.prompt) - 1
    token = last if selected.token is None or selected.layer == view.result.spec.n_layers else selected.token
    st.markdown(f"**{_title(view, selected, token)}**", help=_HELP[selected.kind])
    try:
        _PANELS[selected.kind](view, selected, token)
    except StraceError as error:
        st.error(plain_markdown(sentence(error)))
    st.caption("Press Escape or click the graph's background to return to the prediction.")


def _title(view: PanelView, selected: SelectedNode, token: int) -> str:
    text = plain_markdown(spoken_token(view.result.prompt.token_texts[token]))
    at = f"at token {token}, ‘{text}’"
    if selected.kind == "state":
        if selected.layer == view.result.spec.n_layers:
            return f"Residual stream after the last block {at}"
        when = "after the attention of" if selected.stage == "mid" else "before"
        return f"Residual stream {when} block {selected.layer} {at}"
    assert selected.layer is not None
    return f"{component_name(selected.layer, -1 if selected.head is None else selected.head)} {at}"


def _head(view: PanelView, selected: SelectedNode, token: int) -> None:
    assert view.request is not None and selected.layer is not None and selected.head is not None
    found = cache.head_detail(view.request, selected.layer, selected.head, token)
    result_chart(view, head_sources.draw(found, large=view.choice.large), "detail-sources")
    left_out = head_sources.sources_left_out(found)
    if left_out:
        st.caption(f"{left_out} weaker source tokens are listed in the table only.")
    _effects(effects_table(found))
    with st.expander("All source tokens"):
        st.dataframe(sources_table(found), hide_index=True)


def _mlp(view: PanelView, selected: SelectedNode, token: int) -> None:
    assert view.request is not None and selected.layer is not None
    found = cache.mlp_detail(view.request, selected.layer, token)
    st.table(numbers_frame(mlp_numbers(found)), border="horizontal", hide_index=True)
    _effects(effects_table(found))


def _state(view: PanelView, selected: SelectedNode, token: int) -> None:
    assert view.request is not None and selected.layer is not None and selected.stage is not None
    layer, stage = selected.layer, selected.stage
    if layer == view.result.spec.n_layers:
        layer, stage = layer - 1, "post"
    found = cache.state_detail(view.request, layer, stage, token, view.size)
    if found.is_zero:
        st.caption(captions.ZERO_STATE)
    result_chart(view, state_lens.draw(found, large=view.choice.large), "detail-lens")


def _effects(table: pd.DataFrame) -> None:
    st.markdown("**Direct logit attribution: promotes / suppresses**", help=captions.EFFECTS)
    st.table(table.style.format(precision=3), border="horizontal", hide_index=True)


_PANELS = {"head": _head, "mlp": _mlp, "state": _state}
_HELP = {"head": captions.HEAD, "mlp": captions.MLP, "state": captions.STATE}

KINDS = tuple(_PANELS)
"""The kinds of node that have a detail; a token's label, for one, has none."""
