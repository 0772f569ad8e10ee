"""The explorer's page: what stands where, and which part answers to which."""

import time
from collections.abc import Callable
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import cache, state
from app.components.trace_graph import trace_graph
from app.presets import PRESETS, preset_of
from app.views import charts, frames
from app.views.text import plain_markdown, sentence
from app.views.tokens import spoken_token, token_strip
from strace_core import SCORE_RULES, Progress, StraceError, TraceResult, bundled_models

ROOT = Path(__file__).resolve().parents[1]

DEFAULT_MODEL = "demo-llama"

PATIENCE_SECONDS = 0.3
"""How long a trace may take before a progress bar appears."""

BARS_ALT = "Probabilities of the likeliest next tokens, in the full model and in the subgraph"
CURVE_ALT = "Distance of the subgraph's prediction from the full model's, against the number of edges kept"

SCORE_HELP = (
    "How much an edge counts for the node it enters. l1: the size of what it adds, as a share of all that is added "
    "there, as in the paper. l2: the same by Euclidean length. cosine: how far it points the node's own way. ifr: how "
    "much nearer it brings the node. random: a control."
)

STAGES = {"capture": "Running the full model", "score": "Scoring edges", "grow": "Growing the trace"}


def main() -> None:
    """One run of the page."""
    st.set_page_config("s-Trace Explorer", page_icon=str(ROOT / "assets" / "logo.svg"), layout="wide")
    st.html(ROOT / "app" / "page.css")
    state.start()
    result = answer(ask())
    if result is not None:
        explore(result)


def ask() -> cache.TraceRequest:
    """Sidebar and prompt box."""
    prompt = st.text_input("Prompt", key=state.PROMPT_KEY, bind=state.BIND, placeholder="Type a text, press Enter")
    preset = preset_of(prompt)
    if preset is not None:
        st.caption(f"What to look for: {preset.look_for}")
    state.show_preset(preset)
    with st.sidebar:
        st.title("s-Trace Explorer")
        st.caption("How little of a language model does it take to make a prediction?")
        models = sorted(bundled_models(), key=lambda name: name != DEFAULT_MODEL)
        model = st.selectbox("Model", models, key=state.MODEL_KEY, bind=state.BIND)
        score = st.selectbox("Score rule", list(SCORE_RULES), key=state.SCORE_KEY, bind=state.BIND, help=SCORE_HELP)
        names = [preset.name for preset in PRESETS]
        st.pills("Prompts to try", names, key=state.PRESET_KEY, on_change=state.use_preset)
    return cache.TraceRequest(model, prompt, score)


def answer(request: cache.TraceRequest) -> TraceResult | None:
    """The trace of a request; where it fails a message under the box, and the last good trace."""
    place = st.empty()
    try:
        result = cache.trace(request, progress_bar(place))
    except StraceError as error:
        place.error(plain_markdown(sentence(error)))
        last_good = state.last_good()
        return None if last_good is None else cache.trace(last_good, progress_bar(st.empty()))
    place.empty()
    state.remember_good(request)
    return result


def progress_bar(place: DeltaGenerator) -> Callable[[Progress], None]:
    """Reports progress in ``place`` once a trace has taken a while. Each report lets Streamlit end an outdated run."""
    started = time.monotonic()

    def report(progress: Progress) -> None:
        if time.monotonic() - started > PATIENCE_SECONDS:
            text = STAGES.get(progress.stage, f"Running subgraph {progress.done} of {progress.total}")
            place.progress(progress.done / progress.total if progress.stage not in STAGES else 0.0, text)

    return report


@st.fragment
def explore(result: TraceResult) -> None:
    """The graph with its slider, and the charts that follow it."""
    st.html(token_strip(result.prompt.token_texts, next_token(result)))
    graph, panels = st.columns([3, 2], gap="medium")
    start = frames.nearest_size(result.curve, state.start_size(result.id, frames.rebuilt_size(result.curve)))
    with graph:
        size = trace_graph(cache.graph_payload(result), size=start, key="graph").size
    state.remember_size(size)
    with panels:
        st.markdown("**What the subgraph predicts**")
        bars = charts.bars_spec(frames.highest_probability(result))
        st.vega_lite_chart(frames.top_tokens_frame(result, size), bars, key="bars", alt=BARS_ALT)
        st.markdown("**How the prediction comes into focus**")
        curve = charts.curve_spec(result.n_edges)
        st.vega_lite_chart(frames.curve_frame(result, size), curve, key="curve", alt=CURVE_ALT)


def next_token(result: TraceResult) -> str:
    """What the full model says next, and how sure it is."""
    top = result.top_tokens(k=1).iloc[0]
    full = result.curve.iloc[-1]
    return f"next: {spoken_token(top['text'])} {top['probability']:.2f}, entropy {full['entropy']:.1f} nats"


main()
