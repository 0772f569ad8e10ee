"""Along the size: which blocks wake up, what kinds of edges are kept, how undecided the subgraph is."""

import streamlit as st

from ..charts import kinds, layers
from ..show import drawn_to_pick
from ..wording import captions
from .view import PanelView


def waking_panel(view: PanelView) -> None:
    """Active heads and MLPs by block and size."""
    st.caption(captions.LAYERS)
    heads, mlps = st.columns(2, gap="medium")
    large = view.choice.large
    with heads:
        drawn_to_pick(view, layers.draw(view.result, view.size, "heads", large=large), "waking-heads")
    with mlps:
        drawn_to_pick(view, layers.draw(view.result, view.size, "mlps", large=large), "waking-mlps")


def kinds_panel(view: PanelView) -> None:
    """Kinds of edges, of those kept and of those there are."""
    kept, available = st.columns(2, gap="medium", vertical_alignment="bottom")
    large = view.choice.large
    with kept:
        st.caption(captions.KINDS)
        drawn_to_pick(view, kinds.draw(view.result, view.size, large=large), "kinds-kept")
    with available:
        st.caption(captions.KINDS_AVAILABLE)
        drawn_to_pick(view, kinds.draw(view.result, view.size, of="available", large=large), "kinds-available")
