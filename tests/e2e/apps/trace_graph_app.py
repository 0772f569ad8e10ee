"""The graph component alone, on made-up traces chosen by the address, beside what it reports to Python."""

import sys
import time
from pathlib import Path

import streamlit as st

from strace_core import TraceResult

REPOSITORY = Path(__file__).resolve().parents[3]

NASTY = ["<img src=x onerror=alert(1)>", "</script>", "a\nb", "🙂", "مرحبا", "", "<0xE2>", "\u202eright"]
TEXTS = {
    "sentence": [" The", " capital", " of", " France", " is", " the", " city", " of"],
    "nasty": NASTY,
    "long": [f" word{i}" for i in range(40)],
}


HURRIED = 12
"""How many messages follow each other immediately after a press of "Hurry"."""


def main() -> None:
    """Parameters: `texts` (a key of TEXTS), `view`, `layers`, `heads`, `size`, `parallel`, `large`, `slow`."""
    from strace_explorer.components.trace_graph import trace_graph

    st.set_page_config("Graph", layout="wide")
    asked = st.query_params
    trace = st.radio("Trace", [0, 1, 2], horizontal=True)
    large = st.toggle("Large", "large" in asked)

    @st.fragment
    def graph() -> None:
        view = st.session_state.get("view", asked.get("view", "tokens"))
        revision = st.session_state.get("revision", 0)
        size = 100 if revision else int(asked.get("size", "40"))
        shown = message(asked.to_dict(), view, trace)
        state = trace_graph(shown, size=size, key="graph", revision=revision, large=large)
        if state.view is not None:
            st.session_state["view"] = state.view
            st.rerun(scope="fragment")
        if st.button("Jump to 100"):
            st.session_state["revision"] = revision + 1
            st.rerun(scope="fragment")
        if st.button("Hurry"):
            st.session_state["hurry"] = HURRIED
        if st.session_state.get("hurry"):
            time.sleep(0.01)
            st.session_state["hurry"] -= 1
            st.session_state["revision"] = revision + 1
            st.rerun(scope="fragment")
        time.sleep(float(asked.get("slow", "0")))
        runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
        st.text(f"Python: size {state.size}")
        st.text(f"Python: selected {state.selected}")
        st.text(f"Python: runs {runs}")

    graph()
    st.button("Run again")


@st.cache_data
def message(asked: dict[str, str], view: str, trace: int) -> dict:
    """The message of a made-up trace."""
    from strace_explorer.charts.marks import marks
    from strace_explorer.graph.payload import build_payload, picture_of
    from strace_explorer.graph.readouts import readouts

    result = made_up(asked, trace)
    return build_payload(picture_of(result, view), readouts(result), marks=marks(result))


def made_up(asked: dict[str, str], trace: int = 0) -> TraceResult:
    """The result that the parameters ask for; trace 2 is of a model with one block more."""
    from tests.app.traces import made_up_trace

    n_layers, n_heads = int(asked.get("layers", "4")), int(asked.get("heads", "4"))
    texts = TEXTS[asked.get("texts", "sentence")]
    return made_up_trace(n_layers + (trace == 2), n_heads, texts, seed=trace, parallel="parallel" in asked)


# Streamlit puts only this script's folder on the path; the tests' helpers are imported from the repository's root.
sys.path.insert(0, str(REPOSITORY))
if __name__ == "__main__":
    main()
