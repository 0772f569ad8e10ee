"""What one visitor's page is set to, and its address. The only file that touches session state and the URL."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import urlencode

import streamlit as st

from strace_core import SCORE_RULES, SEARCHES, TraceResult

from .graph.geometry import View
from .service.cache import TraceRequest
from .wording.presets import DEFAULT_PRESET

MODEL_KEY, SCORE_KEY, SEARCH_KEY, EFFORT_KEY, BASELINES_KEY, PANEL_KEY, MEASURE_KEY, PRESENT_KEY = (
    "model", "score", "search", "effort", "baselines", "panel", "measure", "present",
)  # fmt: skip
"""Keys of the explorer's widgets whose values stand in the URL under the same names."""

STUDY_KEY, MODELS_KEY, GROUPS_KEY, RULE_KEY, SEARCHED_KEY, SECTION_KEY = (
    "study", "models", "groups", "rule", "searched", "section",
)  # fmt: skip
"""The same for those of the findings."""

BIND: Literal["query-params"] = "query-params"
"""How those widgets are tied to the URL."""

GUIDED = "guided"
EFFORTS = ("0.5", "1", "2", "4", "8")
"""How long a guided search may be asked to look, in the words of the address."""

_VISIT_KEY = "visit"
_COMPARED = ("b-model", "b-prompt", "b-position", "b-score", "b-search", "b-effort")


@dataclass(frozen=True)
class OpenedResult:
    """A saved trace that a visitor has opened, and the name of its file."""

    name: str
    result: TraceResult


@dataclass
class Visit:
    """Where one visitor is. The page reads it and changes it; it lasts as long as the tab.

    ``position`` is the token whose next token is predicted, -1 for the last; ``tellings`` counts how often the page
    itself has put a prompt into the box. ``size`` is where the slider of the result
    ``shown`` (its id) stands; ``revision`` counts how often the page itself has moved the slider. ``view`` is None
    until the visitor chooses one. ``compared`` is the other side of the comparison. ``models`` are those
    that the visitor has opened beside those on offer, ``loadable`` those that they agreed to load. ``passage`` is the
    text whose density is shown, which is still being measured while ``is_measuring``. ``last_upload`` names the file
    that was opened last. ``tours`` counts how often the tour was asked for. ``addresses`` are what stood in the address
    of each page when it was last drawn, by the page's name; ``chosen`` is a prompt that the findings are to open,
    ``studies`` are those that the visitor has opened beside those on offer.
    """

    prompt: str
    position: int = -1
    tellings: int = 0
    size: int | None = None
    shown: str = ""
    revision: int = 0
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
        """Trace another prompt, after its last token, and put it into the box whatever stands there."""
        self.tellings += 1
        if prompt != self.prompt or self.opened is not None:
            self.prompt, self.position, self.opened = prompt, -1, None

    def open_at(self, prompt: str, position: int) -> None:
        """Trace the prediction after one token of a prompt."""
        self.prompt, self.position, self.opened = prompt, position, None

    def move_to(self, n_edges: int) -> None:
        """Move the slider from outside it."""
        self.size = n_edges
        self.revision += 1

    def size_for(self, result_id: str, default: int) -> int:
        """The size a result is shown at: where it was left or what the address asked for, ``default`` for another."""
        if self.shown not in ("", result_id):
            self.size = None
        self.shown = result_id
        return default if self.size is None else self.size


def visit() -> Visit:
    """The visit that this run belongs to; a first run takes it from the address."""
    if _VISIT_KEY not in st.session_state:
        st.session_state[_VISIT_KEY] = _arrival()
    found: Visit = st.session_state[_VISIT_KEY]
    return found


def _arrival() -> Visit:
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
    usual = TraceRequest(model, prompt, _position(position))
    score, search = score if score in SCORE_RULES else usual.score, search if search in SEARCHES else usual.search
    return replace(usual, score=score, search=search, effort=effort_of(search, effort))


def effort_of(search: str, chosen: object) -> float:
    """The effort of a search for which one of ``EFFORTS`` was chosen, in words or as a number; 1 for anything else."""
    efforts = [float(words) for words in EFFORTS if chosen in (words, float(words))]
    return efforts[0] if search == GUIDED and efforts else 1.0


def _number(text: str | None) -> int | None:
    """A small count written in digits; None for anything else."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else None


def _position(text: str | None) -> int:
    found = _number(text)
    return -1 if found is None else found


def open_in_explorer(request: TraceRequest) -> dict[str, Any]:
    """Have the explorer show a request when it is next drawn; the address to go there with."""
    now = visit()
    now.chosen = None
    now.submit(request.prompt)
    now.position, now.size = request.position, None
    address = {"prompt": request.prompt, MODEL_KEY: request.model, SCORE_KEY: request.score, SEARCH_KEY: request.search}
    return address | ({EFFORT_KEY: f"{request.effort:g}"} if request.search == GUIDED else {})


def write_address() -> None:
    """Let the address say what the page shows. A file that a visitor has opened is not in it."""
    now = visit()
    fields: dict[str, Any] = {"prompt": now.prompt, "size": now.size, "view": now.view}
    fields["position"] = now.position if now.position >= 0 else None
    other = now.compared
    fields |= dict.fromkeys(_COMPARED)
    if other is not None:
        position = other.position if other.position >= 0 else None
        effort = None if other.effort == 1 else f"{other.effort:g}"
        shown = other.model, other.prompt, position, other.score, other.search, effort
        fields |= dict(zip(_COMPARED, shown, strict=True))
    for name, value in fields.items():
        if value is None:
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != str(value):
            st.query_params[name] = str(value)
    remember_address("explorer")


def remember_address(page: str) -> None:
    """Keep the address of a page, for the way back to it."""
    visit().addresses[page] = st.query_params.to_dict()


def address() -> str:
    """The page's address as it is after :func:`write_address`, to be sent to somebody."""
    fields = urlencode(st.query_params.to_dict())
    return f"{(st.context.url or '').split('?')[0]}?{fields}"


def model_in_address() -> str:
    """The model that the address of an arriving visitor names, or nothing."""
    return st.query_params.get(MODEL_KEY, "")


def study_in_address() -> str:
    """The study that the address of an arriving visitor names, or nothing."""
    return st.query_params.get(STUDY_KEY, "")


def open_study(name: str) -> None:
    """Callback: show a study of the operator's folders."""
    visit().studies = (*visit().studies, name)
    st.session_state[STUDY_KEY] = name


def choose_model(name: str) -> None:
    """Set the model picker. Call before it is drawn, as in a callback."""
    st.session_state[MODEL_KEY] = name


def show_panel(name: str) -> None:
    """Open one of the tabs. Call before they are drawn, as in a callback."""
    st.session_state[PANEL_KEY] = name


def leave_presentation() -> None:
    """Callback: back to the page with its sidebar."""
    st.session_state[PRESENT_KEY] = False


def start_with(key: str, value: Any) -> None:
    """Give a widget that is tied to the address a value where the address names none. Call before it is drawn."""
    if key not in st.session_state and key not in st.query_params:
        st.session_state[key] = value


def value_of(key: str) -> Any:
    """What a widget is set to, for its callback."""
    return st.session_state.get(key)


def compare_with(request: TraceRequest | None, **changes: Any) -> None:
    """Set the other side of the comparison, or change parts of it."""
    now = visit()
    now.compared = replace(request, **changes) if request is not None else None
