"""What one visitor's page is set to, and its address. The only file that touches session state and the URL."""

from typing import Literal

import streamlit as st

from app.cache import TraceRequest
from app.presets import DEFAULT_PRESET, PRESETS, Preset

PROMPT_KEY, MODEL_KEY, SCORE_KEY = "prompt", "model", "score"
"""Keys of the widgets whose values stand in the URL under the same names."""

BIND: Literal["query-params"] = "query-params"
"""How those widgets are tied to the URL."""

PRESET_KEY = "preset"
_SIZE_PARAMETER = "size"
_RESULT_KEY = "result shown"
_LAST_GOOD_KEY = "last good request"


def start() -> None:
    """Give a visit whose address names no prompt the default one."""
    if PROMPT_KEY not in st.session_state and PROMPT_KEY not in st.query_params:
        st.session_state[PROMPT_KEY] = DEFAULT_PRESET.prompt


def use_preset() -> None:
    """Callback of the preset picker: put the chosen prompt into the box."""
    chosen = st.session_state[PRESET_KEY]
    for preset in PRESETS:
        if preset.name == chosen:
            st.session_state[PROMPT_KEY] = preset.prompt


def show_preset(preset: Preset | None) -> None:
    """Let the preset picker show the preset whose prompt is in the box. Call before the picker is drawn."""
    st.session_state[PRESET_KEY] = None if preset is None else preset.name


def last_good() -> TraceRequest | None:
    """The latest request of this visit that gave a picture."""
    request: TraceRequest | None = st.session_state.get(_LAST_GOOD_KEY)
    return request


def remember_good(request: TraceRequest) -> None:
    """Keep a request that gave a picture."""
    st.session_state[_LAST_GOOD_KEY] = request


def start_size(result_id: str, default: int) -> int:
    """The size a result is first shown at: the address's on arrival, ``default`` for every later result."""
    arrival = _RESULT_KEY not in st.session_state
    if not arrival and st.session_state[_RESULT_KEY] != result_id:
        st.query_params.pop(_SIZE_PARAMETER, None)
    st.session_state[_RESULT_KEY] = result_id
    size = st.query_params.get(_SIZE_PARAMETER, "")
    return int(size) if size.isdecimal() else default


def remember_size(n_edges: int) -> None:
    """Put the size shown into the address."""
    if st.query_params.get(_SIZE_PARAMETER) != str(n_edges):
        st.query_params[_SIZE_PARAMETER] = str(n_edges)
