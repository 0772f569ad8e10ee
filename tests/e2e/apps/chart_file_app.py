"""Charts of a made-up trace with their buttons. Parameter: `large`."""

import sys
from dataclasses import replace
from pathlib import Path

import streamlit as st

REPOSITORY = Path(__file__).resolve().parents[3]
IMAGE = "<img src=x onerror=alert(1)>"
ANSWERS = [" x", " y", " a\nb", "</svg>", "&amp;", " z", " u", " v", " w", IMAGE, "مرحبا", " t"]


def main() -> None:
    from strace_explorer.charts import curve, kinds, layers, prediction
    from strace_explorer.charts.parts import PICK, picked_size
    from strace_explorer.components.chart_file import chart_file
    from tests.app.traces import made_up_trace, with_made_up_baselines

    st.set_page_config("Charts", layout="wide")
    result = with_made_up_baselines(made_up_trace(3, 4, [" a", " b", " c"]))
    result = replace(result, token_texts=dict(enumerate(ANSWERS)))
    large = "large" in st.query_params
    st.session_state.setdefault("size", 20)

    @st.fragment
    def charts() -> None:
        size = st.session_state.size
        shown = {
            "bars": prediction.draw(result, size, large=large),
            "the curve": curve.draw(result, size, large=large),
            "heads": layers.draw(result, size, "heads", large=large),
            "kinds": kinds.draw(result, size, large=large),
        }
        for key, drawing in shown.items():

            def moved(key: str = key) -> None:
                picked = picked_size(st.session_state[key])
                st.session_state.picks = [*st.session_state.get("picks", []), picked]
                st.session_state.size = picked

            clicks = {} if key == "bars" else {"on_select": moved, "selection_mode": PICK}
            st.vega_lite_chart(drawing.rows, drawing.spec, key=key, alt=drawing.alt, **clicks)
            chart_file(f"made-up_{key.replace(' ', '-')}", title=key, key=f"{key}-file")
        st.text(f"Python: size {size}, picks {st.session_state.get('picks', [])}")
        if st.button("Back to 20"):
            st.session_state.size = 20
            st.rerun(scope="fragment")

    charts()


# Streamlit puts only this script's folder on the path; the tests' helpers are imported from the repository's root.
sys.path.insert(0, str(REPOSITORY))
main()
