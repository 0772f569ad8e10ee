"""The state of one visitor's page, and its address. The only module that touches session state and the URL."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import urlencode

import streamlit as st

from strace_core import SCORE_RULES, SEARCHES, TraceResult

from .graph.geometry import View
from .service.requests import TraceRequest
from .wording.choices import GUIDED
from .wording.presets import DEFAULT_PRESET

EXPLORER = "explorer"
"""The explorer's name among the pages."""

MODEL_KEY, SCORE_KEY, SEARCH_KEY, EFFORT_KEY, BASELINES_KEY, PANEL_KEY, MEASURE_KEY, PRESENT_KEY = (
    "model", "score", "search", "effort", "baselines", "panel", "measure", "present",
)  # fmt: skip
"""Keys of the explorer's widgets. Their values are in the URL under the same names."""

STUDY_KEY, MODELS_KEY, GROUPS_KEY, RULE_KEY, SEARCHED_KEY, SECTION_KEY = (
    "study", "models", "groups", "rule", "searched", "section",
)  # fmt: skip
"""The same for the findings' widgets."""

BIND: Literal["query-params"] = "query-params"
"""The ``bind`` argument of those widgets."""

EFFORTS = ("0.5", "1", "2", "4", "8")
"""The choices of guided-search effort, as they are written in the address."""

_VISIT_KEY = "visit"
_COMPARED = ("b-model", "b-prompt", "b-position", "b-score", "b-search", "b-effort")


@dataclass(frozen=True)
class OpenedResult:
    """A saved result that a visitor has opened, and the name of its file."""

    name: str
    result: TraceResult


@dataclass
class Visit:
    """The state of one visitor's page, which reads and changes it. It lasts as long as the browser tab.

    Attributes:
        prompt: The prompt to trace.
        position: The token whose next token is predicted; -1 is the last.
        prompt_revision: How often the page itself has put a prompt into the box.
        size: Where the slider is, in edges; None for the result's own default.
        result_id: The id of the result that ``size`` belongs to.
        size_revision: How often the page itself has moved the slider.
        view: The graph's view; None until the visitor chooses one.
        compared: B, the other side of the comparison.
        opened: A saved result shown in place of the prompt's trace.
        last_good: The last request that could be traced.
        passage: The text whose density is shown.
        is_measuring: Whether its density is still being measured.
        last_upload: The id of the file opened last.
        tours: How often the tour was asked for.
        models: Models the visitor has opened beside those on offer.
        loadable: Models the visitor has agreed to load.
        addresses: The query of each page when it was last drawn, by the page's name.
        chosen: A prompt clicked on the findings page, to be opened in the explorer.
        studies: Studies the visitor has opened beside those on offer.
    """

    prompt: str
    position: int = -1
    prompt_revision: int = 0
    size: int | None = None
    result_id: str = ""
    size_revision: int = 0
    view: View | None = None
    compared: TraceRequest | None = None
    opened: OpenedResult | None = None
    last_good: TraceRequest | None = None
    passage: str = ""
    is_measuring: bool = False
    last_upload: str = ""
    tours: int = 0
    models: tuple[str, ...] = ()
    loadable: frozenset[str] = frozenset()
    addresses: dict[str, dict[str, Any]] = field(default_factory=dict)
    chosen: TraceRequest | None = None
    studies: tuple[str, ...] = ()

    def submit(self, prompt: str) -> None:
        """Trace another prompt after its last token, and replace whatever is in the box by it."""
        self.prompt_revision += 1
        if prompt != self.prompt or self.opened is not None:
            self.prompt, self.position, self.opened = prompt, -1, None

    def open_at(self, prompt: str, position: int) -> None:
        """Trace the prediction after one token of a prompt."""
        self.prompt, self.position, self.opened = prompt, position, None

    def move_to(self, n_edges: int) -> None:
        """Move the slider from outside it."""
        self.size = n_edges
        self.size_revision += 1

    def size_for(self, result_id: str, default: int) -> int:
        """Return the size to show a result at: where it was left, or from the address; ``default`` for a new one."""
        if self.result_id not in ("", result_id):
            self.size = None
        self.result_id = result_id
        return default if self.size is None else self.size


def visit() -> Visit:
    """Return the visit that this run belongs to. The first run reads it from the address."""
    if _VISIT_KEY not in st.session_state:
        st.session_state[_VISIT_KEY] = _visit_in_address()
    found: Visit = st.session_state[_VISIT_KEY]
    return found


def _visit_in_address() -> Visit:
    address = st.query_params
    view = address.get("view")
    return Visit(
        prompt=address.get("prompt", DEFAULT_PRESET.prompt),
        position=_position(address.get("position")),
        size=_number(address.get("size")),
        view="components" if view == "components" else "tokens" if view == "tokens" else None,
        compared=_compared_in_address(),
    )


def _compared_in_address() -> TraceRequest | None:
    model, prompt, position, score, search, effort = (st.query_params.get(name, "") for name in _COMPARED)
    if not (model and prompt):
        return None
    found = TraceRequest(model, prompt, _position(position))
    if score in SCORE_RULES:
        found = replace(found, score=score)
    if search in SEARCHES:
        found = replace(found, search=search, effort=effort_of(search, effort))
    return found


def effort_of(search: str, chosen: object) -> float:
    """Return the effort chosen from ``EFFORTS``, as text or number; 1 for anything else and any unguided search."""
    efforts = [float(text) for text in EFFORTS if chosen in (text, float(text))]
    return efforts[0] if search == GUIDED and efforts else 1.0


def _number(text: str | None) -> int | None:
    """Read a count of at most nine digits; None for anything else."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else None


def _position(text: str | None) -> int:
    found = _number(text)
    return -1 if found is None else found


def open_in_explorer(request: TraceRequest) -> dict[str, Any]:
    """Have the explorer show a request when it is next drawn, and return the query to open it with."""
    now = visit()
    now.chosen = None
    now.submit(request.prompt)
    now.position, now.size = request.position, None
    address = {"prompt": request.prompt, MODEL_KEY: request.model, SCORE_KEY: request.score, SEARCH_KEY: request.search}
    return address | ({EFFORT_KEY: f"{request.effort:g}"} if request.search == GUIDED else {})


def write_address() -> None:
    """Write what the page shows into the address. A file that a visitor has opened is not in it."""
    now = visit()
    fields: dict[str, Any] = {"prompt": now.prompt, "size": now.size, "view": now.view}
    fields["position"] = _written_position(now.position)
    fields |= dict.fromkeys(_COMPARED)
    if now.compared is not None:
        other = now.compared
        effort = None if other.effort == 1 else f"{other.effort:g}"
        values = other.model, other.prompt, _written_position(other.position), other.score, other.search, effort
        fields |= dict(zip(_COMPARED, values, strict=True))
    for name, value in fields.items():
        if value is None:
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != str(value):
            st.query_params[name] = str(value)
    remember_address(EXPLORER)


def _written_position(position: int) -> int | None:
    return position if position >= 0 else None


def remember_address(page: str) -> None:
    """Keep the query of a page, for links back to it."""
    visit().addresses[page] = st.query_params.to_dict()


def address() -> str:
    """Return the address of what the page shows, for sharing, having written it."""
    write_address()
    fields = urlencode(st.query_params.to_dict())
    return f"{(st.context.url or '').split('?')[0]}?{fields}"


def model_in_address() -> str:
    """Return the model named in the address, or an empty string."""
    return st.query_params.get(MODEL_KEY, "")


def study_in_address() -> str:
    """Return the study named in the address, or an empty string."""
    return st.query_params.get(STUDY_KEY, "")


def open_study(name: str) -> None:
    """Show a study from the operator's folders. A widget callback."""
    visit().studies = (*visit().studies, name)
    st.session_state[STUDY_KEY] = name


def choose_model(name: str) -> None:
    """Set the model picker. Call before it is drawn, for example in a callback."""
    st.session_state[MODEL_KEY] = name


def leave_presentation() -> None:
    """Return to the page with its sidebar. A widget callback."""
    st.session_state[PRESENT_KEY] = False


def start_with(key: str, value: Any) -> None:
    """Set a widget's initial value unless the address has one. Call before the widget is drawn."""
    if key not in st.session_state and key not in st.query_params:
        st.session_state[key] = value


def value_of(key: str) -> Any:
    """Return a widget's value, for its callback."""
    return st.session_state.get(key)
