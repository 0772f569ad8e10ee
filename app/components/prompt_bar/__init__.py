"""The prompt box with its tokens, which are updated while the reader types.

Three components work together. The bar is what the reader sees. Drafts and orders reach Python through two components
that draw nothing. The draft's channel is mounted before the bar, so that Python knows the draft before it renders the
tokens. The orders' channel is mounted outside any fragment: Streamlit holds back a fragment's events until the running
script has ended, and an order must be able to interrupt a trace.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from ..events import ignore
from ..served import ServedComponent, asset


@dataclass(frozen=True)
class Order:
    """A request to trace: the prediction of `text` after the token at `position`, -1 for the last."""

    text: str
    position: int


@dataclass(frozen=True)
class Reading:
    """What the bar shows below the box about the text in it.

    Attributes:
        tokens: Labels of its tokens.
        position: The token after which the prediction is traced, -1 for the last.
        note: Length and cost, in one short line.
        problem: Why the text cannot be traced, or empty.
        answer: What the model predicts next, or empty.
    """

    tokens: Sequence[str] = ()
    position: int = -1
    note: str = ""
    problem: str = ""
    answer: str = ""


def prompt_order(*, key: str) -> Order | None:
    """Return the order just placed in the bar of the same `key`, in one run only; None in every other run.

    Call it at the top of the page, outside any fragment.
    """
    heard = _ORDER_CHANNEL(key=f"{key}-order", data={"name": f"{key}.order"}, height=1, on_order_change=ignore)
    order = heard.get("order")
    return None if order is None else Order(text=order["text"], position=order["position"])


def prompt_bar(text: str, read: Callable[[str], Reading], *, key: str, revision: int = 0, large: bool = False) -> None:
    """Mount the bar, in a fragment of its own unless the whole page should rerun while the reader types.

    Args:
        text: What the box starts with. From then on the box is the reader's, until `text` changes or `revision` grows.
        read: Called once, with the text in the box as far as Python knows it: the latest draft, or `text`.
        key: The widget's key, shared with `prompt_order`.
        revision: Increase it to put `text` into the box again.
        large: Use large type, for presentations.
    """
    epoch = f"{revision}:{text}"
    with st.container(gap=None):
        draft = _draft(key, epoch)
        read_text = text if draft is None else draft
        reading = read(read_text)
        _BAR(
            key=key,
            data={
                "text": text,
                "epoch": epoch,
                "read": read_text,
                "tokens": list(reading.tokens),
                "position": reading.position % max(1, len(reading.tokens)),
                "note": reading.note,
                "problem": reading.problem,
                "answer": reading.answer,
                "draft_channel": f"{key}.draft",
                "order_channel": f"{key}.order",
                "large": large,
            },
        )


def _draft(key: str, epoch: str) -> str | None:
    """Return what the reader is typing, or None if the last draft belongs to an earlier text."""
    heard = _DRAFT_CHANNEL(key=f"{key}-draft", data={"name": f"{key}.draft"}, height=1, on_draft_change=ignore)
    draft = heard.get("draft") or {}
    return draft["text"] if draft.get("of") == epoch else None


_ORDER_CHANNEL = ServedComponent("prompt_order", script="prompt_bar/web/order_channel.js")
_DRAFT_CHANNEL = ServedComponent("prompt_draft", script="prompt_bar/web/draft_channel.js")
_BAR = ServedComponent(
    "prompt_bar",
    script="prompt_bar/web/prompt_bar.js",
    html=asset("prompt_bar/web/prompt_bar.html"),
    css=asset("prompt_bar/web/prompt_bar.css"),
)
