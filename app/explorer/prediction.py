"""What the subgraph predicts beside the full model, and how the distance falls as the subgraph grows."""

import streamlit as st

from .. import session
from ..charts import curve, prediction
from ..wording import captions
from ..wording.numbers import search_words
from .result_chart import result_chart, size_chart
from .view import PanelView

MEASURES = {"tv": "TV", "kl": "KL"}
"""The distances on offer, and their labels."""


def prediction_panel(view: PanelView) -> None:
    """Draw the most likely tokens of both."""
    st.markdown("**What the subgraph predicts**", help=captions.PREDICTION)
    result_chart(view, prediction.draw(view.result, view.size, large=view.choice.large), "bars")


def curve_panel(view: PanelView) -> None:
    """Draw distance against size, with the baselines computed so far."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown("**Distance from the full model**", help=captions.CURVE, width="content")
        measure = st.segmented_control(
            "Distance", list(MEASURES), format_func=MEASURES.__getitem__, default="tv", required=True,
            key=session.MEASURE_KEY, bind=session.BIND, label_visibility="collapsed",
        )  # fmt: skip
    drawing = curve.draw(view.compared, view.size, measure, large=view.choice.large)
    size_chart(view, drawing, "curve")
    gained = search_words(view.result)
    if gained:
        st.caption(gained)
