"""Running text whose tokens are coloured by a level, in a Streamlit component."""

import re
from collections.abc import Sequence

import streamlit as st

from ...charts.theme import SUBGRAPH
from ...wording.density import Legend, Span
from ...wording.tokens import token_label
from ..assets import asset, script


def token_text(
    spans: Sequence[Span], *, legend: Legend, key: str, selected: int | None = None, large: bool = False
) -> int | None:
    """Mount the text; the index of the token that has just been chosen, once, or None.

    One call a run: while levels are being computed, call it again in the next run of its fragment. A chosen token
    is outlined at once; another `selected` than in the run before moves the outline.
    """
    state = _TEXT(
        key=key,
        data={
            "texts": [_readable(span.text) for span in spans],
            "levels": [span.level for span in spans],
            "titles": [_readable(span.title) for span in spans],
            "legend": {"low": legend.low, "high": legend.high, "caption": legend.caption},
            "selected": selected,
            "large": large,
            "hue": SUBGRAPH,
        },
        on_clicked_change=_unheard,
    )
    clicked: int | None = state.get("clicked")
    return clicked


def _readable(text: str) -> str:
    """Spaces and line breaks as they are, everything else as in a token's label: nothing invisible, no hidden turn."""
    return re.sub(r"[^ \n]+", lambda part: token_label(part[0]), text.replace("\r\n", "\n"))


def _unheard() -> None:
    """Declares an event to Streamlit where nobody asks to be called."""


_TEXT = st.components.v2.component(
    "s_trace_token_text",
    html=asset("token_text/token_text.html"),
    css=asset("token_text/token_text.css"),
    js=script("shared/roving.js", "shared/patch.js", "token_text/token_text.js"),
)
