"""Along the size: which layers become active, and what kinds of edges are kept."""

import streamlit as st

from ..charts import kinds, layers
from ..wording import captions
from .result_chart import size_chart
from .view import PanelView


def layers_panel(view: PanelView) -> None:
    """Draw the active heads and MLPs by block and size."""
    st.caption(captions.LAYERS)
    heads, mlps = st.columns(2, gap="medium")
    large = view.choice.large
    with heads:
        size_chart(view, layers.draw(view.result, view.size, "heads", large=large), "layers-heads")
    with mlps:
        size_chart(view, layers.draw(view.result, view.size, "mlps", large=large), "layers-mlps")


def kinds_panel(view: PanelView) -> None:
    """Draw the kinds of edges: the mix of those kept, and the share kept of each kind."""
    kept, available = st.columns(2, gap="medium", vertical_alignment="bottom")
    large = view.choice.large
    with kept:
        st.caption(captions.KINDS)
        size_chart(view, kinds.draw(view.result, view.size, large=large), "kinds-kept")
    with available:
        st.caption(captions.KINDS_AVAILABLE)
        size_chart(view, kinds.draw(view.result, view.size, of="available", large=large), "kinds-available")
