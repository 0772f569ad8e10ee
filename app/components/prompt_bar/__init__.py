"""The prompt's box with its tokens, which are read again while the prompt is being typed.

Three components work together. The bar is what is seen. What is typed and what is to be traced goes to two
components that draw nothing. The ear for the draft is mounted before the bar, so that Python knows the draft
by the time it has tokens to show. The ear for orders stands outside: Streamlit lets an event of a fragment
wait until a running script has ended, and an order must be able to end a running trace.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from ..assets import asset, script


@dataclass(frozen=True)
class Order:
    """What the reader asks to trace: the prediction of `text` after the token at `position`, -1 for the last."""

    text: str
    position: int


@dataclass(frozen=True)
class Reading:
    """What stands below the box about the text in it.

    `tokens` are labels of its tokens, fit to show, and `position` is the one whose prediction is traced. `note`
    tells of length and cost, `problem` why the text can not be traced, `answer` what the model says next; each
    of the three is a short line or empty.
    """

    tokens: Sequence[str] = ()
    position: int = -1
    note: str = ""
    problem: str = ""
    answer: str = ""


def prompt_order(*, key: str) -> Order | None:
    """What has just been asked for in the bar of the same `key`, once; None in every other run.

    Call it on top of the page, outside of any fragment.
    """
    heard = _ORDER_EAR(key=f"{key}-order", data={"name": f"{key}.order"}, height=1, on_order_change=_unheard)
    order = heard.get("order")
    return None if order is None else Order(text=order["text"], position=order["position"])


def prompt_bar(
    text: str,
    read: Callable[[str], Reading],
    *,
    key: str,
    revision: int = 0,
    autofocus: bool = False,
    large: bool = False,
) -> None:
    """Mount the bar, in a fragment of its own where the rest of the page is not to follow what is typed.

    The box starts with `text` and is the reader's from then on: `text` is taken up again when it is another than
    it was, or comes with a higher `revision`. `read` is called once with the text in the box, as far as it is
    known: `text`, or what has been typed since. `autofocus` puts the caret into the box when the page opens.
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
                "draft_ear": f"{key}.draft",
                "order_ear": f"{key}.order",
                "autofocus": autofocus,
                "large": large,
            },
        )


def _draft(key: str, epoch: str) -> str | None:
    """What is being typed in the box; None where that is a leftover from an earlier text."""
    heard = _DRAFT_EAR(key=f"{key}-draft", data={"name": f"{key}.draft"}, height=1, on_draft_change=_unheard)
    draft = heard.get("draft") or {}
    return draft["text"] if draft.get("of") == epoch else None


def _unheard() -> None:
    """Declares an event to Streamlit where nobody asks to be called."""


_RELAY = ("shared/leaving.js", "prompt_bar/relay.js")
_ORDER_EAR = st.components.v2.component("s_trace_prompt_order", js=script(*_RELAY, "prompt_bar/order_ear.js"))
_DRAFT_EAR = st.components.v2.component("s_trace_prompt_draft", js=script(*_RELAY, "prompt_bar/draft_ear.js"))
_BAR = st.components.v2.component(
    "s_trace_prompt_bar",
    html=asset("prompt_bar/prompt_bar.html"),
    css=asset("prompt_bar/prompt_bar.css"),
    js=script("shared/roving.js", "shared/patch.js", *_RELAY, "prompt_bar/prompt_bar.js"),
)
