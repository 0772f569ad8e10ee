"""Running text whose tokens are coloured by a level."""

import re
from collections.abc import Sequence

from ...charts.theme import SUBGRAPH
from ...wording.density import Legend, Span
from ...wording.tokens import token_label
from ..events import ignore
from ..served import ServedComponent, asset


def token_text(spans: Sequence[Span], *, legend: Legend, key: str, large: bool = False) -> int | None:
    """Mount the text and return the index of the token that the reader has just clicked, else None.

    Call it once a run. While levels are still being computed, call it again in the fragment's next run. Streamlit may
    hand the same click to two runs of a fragment that reruns by itself, so handling it twice must do no harm. The
    clicked token is outlined immediately.

    Args:
        spans: The tokens with their levels and tooltips.
        legend: What the colours mean.
        key: The widget's key.
        large: Use large type, for presentations.
    """
    state = _TEXT(
        key=key,
        data={
            "texts": [_readable(span.text) for span in spans],
            "levels": [span.level for span in spans],
            "titles": [_readable(span.title) for span in spans],
            "legend": {"low": legend.low, "high": legend.high, "caption": legend.caption},
            "large": large,
            "hue": SUBGRAPH,
        },
        on_clicked_change=ignore,
    )
    clicked: int | None = state.get("clicked")
    return clicked


def _readable(text: str) -> str:
    """Keep spaces and line breaks; replace invisible and direction-changing characters as token labels do."""
    return re.sub(r"[^ \n]+", lambda part: token_label(part[0]), text.replace("\r\n", "\n"))


_TEXT = ServedComponent(
    "token_text",
    script="token_text/web/token_text.js",
    html=asset("token_text/web/token_text.html"),
    css=asset("token_text/web/token_text.css"),
)
