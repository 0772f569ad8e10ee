"""What the subgraph predicts, beside the full model; and how the distance falls as the subgraph grows."""

import streamlit as st

from .. import session
from ..charts import curve, prediction
from ..show import drawn, drawn_to_pick
from ..wording import captions
from ..wording.numbers import search_words
from .view import PanelView

MEASURES = ("tv", "kl")


def prediction_panel(view: PanelView) -> None:
    """The likeliest tokens of both."""
    st.markdown("**What the subgraph predicts**", help=captions.PREDICTION)
    drawn(view, prediction.draw(view.result, view.size, large=view.choice.large), "bars")


def curve_panel(view: PanelView) -> None:
    """Distance against size, with the baselines that are there by now."""
    session.start_with(session.MEASURE_KEY, "tv")
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown("**How it comes into focus**", help=captions.CURVE, width="content")
        chosen = st.segmented_control(
            "Distance", MEASURES, required=True, key=session.MEASURE_KEY, bind=session.BIND,
            label_visibility="collapsed",
        )  # fmt: skip
    drawing = curve.draw(view.compared, view.size, chosen or MEASURES[0], large=view.choice.large)
    drawn_to_pick(view, drawing, "curve")
    gained = search_words(view.result)
    if gained:
        st.caption(gained)
