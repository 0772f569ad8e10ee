"""What the subgraph predicts, beside the full model; and how the distance falls as the subgraph grows."""

import streamlit as st

from app import state
from app.panels.drawn import drawn, drawn_to_pick
from app.panels.view import PanelView
from app.views import captions, drawings

MEASURES = {"tv": "tv", "kl": "kl"}


def prediction_panel(view: PanelView) -> None:
    """The likeliest tokens of both."""
    st.markdown("**What the subgraph predicts**", help=captions.PREDICTION)
    drawn(drawings.prediction(view.result, view.size, large=view.choice.large), "bars")


def curve_panel(view: PanelView) -> None:
    """Distance against size, with the baselines that are there by now."""
    title, measure = st.columns([5, 2], vertical_alignment="center")
    title.markdown("**How the prediction comes into focus**", help=captions.CURVE)
    chosen = measure.segmented_control(
        "Distance", list(MEASURES), default="tv", required=True, key=state.MEASURE_KEY, bind=state.BIND,
        label_visibility="collapsed", width="stretch",
    )  # fmt: skip
    drawn_to_pick(drawings.curve(view.compared, view.size, chosen, large=view.choice.large), "curve")
