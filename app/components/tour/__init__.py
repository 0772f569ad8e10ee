"""A tour of the page: a card that goes from one part to the next, in a Streamlit component."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from ..assets import asset, script


@dataclass(frozen=True)
class Step:
    """One stop: a title, a few plain sentences, and the CSS selector of what they are about.

    An empty selector, or one that finds nothing, leaves the card in the corner. In the selector " >>> " leads from
    an element into its shadow root, where a component's own elements are.
    """

    title: str
    body: str
    target: str = ""


def tour(steps: Sequence[Step], *, opened: int, key: str, large: bool = False) -> None:
    """Mount the tour. It opens by itself on a browser's first visit, and whenever `opened` is higher than before."""
    _TOUR(
        key=key,
        data={
            "steps": [{"title": step.title, "body": step.body, "target": step.target} for step in steps],
            "opened": opened,
            "large": large,
        },
        height=1,
    )


_TOUR = st.components.v2.component(
    "s_trace_tour",
    html=asset("tour/tour.html"),
    css=asset("tour/tour.css"),
    js=script("shared/leaving.js", "shared/patch.js", "tour/place.js", "tour/tour.js"),
)
