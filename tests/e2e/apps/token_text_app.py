"""The token text alone, with levels that arrive little by little, beside what it reports to Python."""

import re
import sys
from pathlib import Path

import streamlit as st

REPOSITORY = Path(__file__).resolve().parents[3]

STORY = (
    "The old king said to his daughter that the garden behind the palace was hers, and that nobody would ever take it "
    "from her.\n\nShe planted apple trees along the wall, and in the third spring they bloomed for the first time. "
)
NASTY = [
    *("<img src=x onerror=alert(1)>", " </script>", " a\nb", "\n", "🙂", " مرحبا"),
    *("", " ", "\t", "\u202eright", "\0", "end"),
]
TEXTS = {
    "story": re.findall(r" ?[^ \n]+|\n| ", STORY),
    "nasty": NASTY,
    "long": [f" word{i}" for i in range(600)],
}
AT_A_TIME = 9


def main() -> None:
    """Parameters: `texts` (a key of TEXTS), `known` (tokens whose level is known), `large`."""
    st.set_page_config("Text", layout="wide")
    asked = st.query_params
    texts = TEXTS[asked.get("texts", "story")]
    mine = st.session_state
    mine.setdefault("known", int(asked.get("known", len(texts))))

    with st.container(horizontal=True):
        if st.button("More"):
            mine.known = min(len(texts), mine.known + AT_A_TIME)
        if st.button("Compute all"):
            mine.grow = True
    growing = mine.get("grow", False) and mine.known < len(texts)

    @st.fragment(run_every=0.25 if growing else None)
    def text() -> None:
        from strace_explorer.components.token_text import token_text
        from strace_explorer.wording.density import Legend, Span

        levels = [i * 7 % 13 / 12 for i in range(len(texts))]
        spans = [
            Span(text, level if i < mine.known else None, title(text, level, i < mine.known))
            for i, (text, level) in enumerate(zip(texts, levels, strict=True))
        ]
        clicked = token_text(
            spans,
            legend=Legend("12 edges", "3,400 edges", "Edges needed for TV ≤ 0.1"),
            key="text",
            large="large" in asked,
        )
        if clicked is not None:
            mine.setdefault("clicks", []).append(clicked)
        st.text(f"Python: known {mine.known}")
        st.text(f"Python: clicked {mine.get('clicks', [])}")
        if growing:
            if mine.known >= len(texts):
                st.rerun()
            mine.known = min(len(texts), mine.known + AT_A_TIME)

    text()


def title(text: str, level: float, known: bool) -> str:
    """A token's tooltip."""
    return f"“{text}” needs {level * 3400:.0f} edges\nentropy <b>1.2</b> nats" if known else "not measured"


# Streamlit puts only this script's folder on the path; the tests' helpers are imported from the repository's root.
sys.path.insert(0, str(REPOSITORY))
main()
