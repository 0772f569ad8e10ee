"""The tour alone, over a page with something to point at: near, far below, and inside another component."""

import sys
from pathlib import Path

import streamlit as st

REPOSITORY = Path(__file__).resolve().parents[3]


def main() -> None:
    """Parameters: `nasty` (texts that look like markup), `large`."""
    from strace_explorer.components.prompt_bar import Reading, prompt_bar
    from strace_explorer.components.tour import Step, tour

    st.set_page_config("Tour", layout="wide")
    asked, mine = st.query_params, st.session_state
    mine.setdefault("opened", 0)
    ask = ".st-key-prompt [data-testid=stBidiComponentIsolated] >>> .ask"
    steps = [
        Step("Welcome", "A tour of five stops.\nIt can be left at any time."),
        Step("The prompt", "Type a text and press Enter.", ask),
        Step("In the sidebar", "Choose a model there.", "[data-testid=stSidebar] [data-testid=stRadio]"),
        Step("Far below", "This comes into sight by itself.", ".st-key-far"),
        Step("Not there", "What is missing leaves the card in its corner.", "#nowhere >>> .nothing"),
    ]
    if "nasty" in asked:
        steps[0] = Step("<img src=x onerror=alert(1)> </script>", "🙂 \u202eright\n<b>bold</b> " + "long" * 200)
    tour(steps, opened=mine.opened, key="tour", large="large" in asked)
    with st.sidebar:
        st.radio("Model", ["one", "two"])
    if st.button("Tour of the page"):
        mine.opened += 1
        st.rerun()
    prompt_bar("a b", lambda text: Reading(tokens=text.split(), position=-1), key="prompt")
    mine.presses = mine.get("presses", 0) + st.button("Count")
    st.text(f"Python: pressed {mine.presses}")
    for i in range(40):
        st.text(f"Line {i}")
    with st.container(key="far", border=True):
        st.text("Far away")
    for i in range(20):
        st.text(f"Line {i}")


# Streamlit puts only this script's folder on the path; the tests' helpers are imported from the repository's root.
sys.path.insert(0, str(REPOSITORY))
main()
