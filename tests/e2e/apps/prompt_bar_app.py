"""The prompt bar alone, with a tokenizer that splits before each space, beside what it reports to Python."""

import re
import sys
import time
from pathlib import Path

import streamlit as st

REPOSITORY = Path(__file__).resolve().parents[3]

TEXTS = {
    "Capital": "The capital of France is",
    "Nasty": "<img src=x onerror=alert(1)> </script> 🙂 مرحبا \u202eright a\nb & &lt;b&gt; \\n {{x}}",
    "Long": " ".join(f"word{i}" for i in range(500)),
    "Breaks": "one\r\ntwo\rthree",
}


def main() -> None:
    """Parameters: `start` (a key of TEXTS), `slow` (seconds for a reading), `large`. The text "endless" never ends."""
    from strace_explorer.components.prompt_bar import prompt_bar, prompt_order
    from strace_explorer.sending import let_the_page_arrive

    st.set_page_config("Prompt", layout="wide")
    asked, mine = st.query_params, st.session_state
    mine.setdefault("text", TEXTS[asked.get("start", "Capital")])
    mine.setdefault("position", -1)
    mine.setdefault("revision", 0)
    order = prompt_order(key="prompt")
    if order is not None:
        mine.text, mine.position = order.text, order.position
        mine.setdefault("orders", []).append(order)

    @st.fragment
    def bar() -> None:
        prompt_bar(
            mine.text,
            lambda text: reading(text, mine.text, mine.position),
            key="prompt",
            revision=mine.revision,
            large="large" in asked,
        )
        st.text(f"Python: text {mine.text!r}")

    bar()
    with st.container(horizontal=True):
        for name in TEXTS:
            st.button(name, on_click=choose, args=(TEXTS[name],))
        st.button("Run again")
    mine.runs = mine.get("runs", 0) + 1
    st.text(f"Python: runs {mine.runs}")
    for order in mine.get("orders", []):
        st.text(f"Python: {order}")
    working = st.empty()
    while mine.text == "endless":
        working.text("Working")
        time.sleep(0.02)
    let_the_page_arrive()


def reading(text: str, traced: str, position: int):
    """What the bar shows for a text; one that contains "bad" cannot be read."""
    from strace_explorer.components.prompt_bar import Reading
    from strace_explorer.wording.tokens import token_label

    time.sleep(float(st.query_params.get("slow", "0")))
    if "bad" in text:
        return Reading(problem="The prompt can not be read: it says <b>bad</b>.")
    labels = [token_label(token) for token in re.findall(r" ?[^ \n]+|\n| ", text)]
    return Reading(
        tokens=labels,
        position=position if text == traced else -1,
        note=f"{len(labels)} tokens · {len(labels) * 154:,} edges · about 0.3 s",
        answer="next: Paris 0.93, entropy 0.4 nats" if text == traced else "",
    )


def choose(text: str) -> None:
    """Choose a preset: its text replaces whatever was typed."""
    st.session_state.update(text=text, position=-1, revision=st.session_state.revision + 1)


# Streamlit puts only this script's folder on the path; the tests' helpers are imported from the repository's root.
sys.path.insert(0, str(REPOSITORY))
main()
