"""The graph component alone, on made-up traces that the address chooses, beside what Python hears from it."""

import sys
from pathlib import Path

import streamlit as st

REPOSITORY = Path(__file__).resolve().parents[3]

NASTY = ["<img src=x onerror=alert(1)>", "</script>", "a\nb", "🙂", "مرحبا", "", "<0xE2>", "\u202eright"]
TEXTS = {
    "sentence": [" The", " capital", " of", " France", " is", " the", " city", " of"],
    "nasty": NASTY,
    "long": [f" word{i}" for i in range(40)],
}


def main() -> None:
    """Parameters: `texts` (a key of TEXTS), `view`, `layers`, `heads`, `size`."""
    from app.components.trace_graph import trace_graph

    st.set_page_config("Graph", layout="wide")
    asked = st.query_params
    seed = st.radio("Trace", [0, 1], horizontal=True)
    message = payload(
        asked.get("texts", "sentence"),
        asked.get("view", "tokens"),
        int(asked.get("layers", "4")),
        int(asked.get("heads", "4")),
        seed,
    )

    @st.fragment
    def graph() -> None:
        state = trace_graph(message, size=int(asked.get("size", "40")), key="graph")
        st.text(f"Python: size {state.size}")
        st.text(f"Python: selected {state.selected}")

    graph()
    st.button("Run again")


@st.cache_data
def payload(texts: str, view: str, n_layers: int, n_heads: int, seed: int) -> dict:
    """The message of one made-up trace."""
    from app.views.graph import build_network, build_payload
    from app.views.readouts import marks, readouts
    from tests.app.traces import made_up_trace

    result = made_up_trace(n_layers, n_heads, TEXTS[texts], seed=seed)
    return build_payload(result, build_network(result, view), readouts(result), view=view, marks=marks(result))


# Streamlit puts this script's own folder on the path, the tests' helpers are seen from the repository's root.
sys.path.insert(0, str(REPOSITORY))
main()
