"""The page's states, without a browser."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from strace_core import TraceResult, load_model, load_result, trace_prompt
from strace_core.progress import OnProgress
from strace_explorer import session
from strace_explorer.explorer.result import TABS
from strace_explorer.explorer.sidebar import preset_key
from strace_explorer.service import cache
from strace_explorer.service.requests import FIRST, TraceRequest
from strace_explorer.wording.numbers import search_words
from strace_explorer.wording.presets import DEFAULT_PRESET, PRESET_GROUPS, PRESETS

MAIN = Path(__file__).resolve().parents[3] / "app" / "main.py"
Run = Callable[..., AppTest]


@pytest.fixture
def run() -> Run:
    def run_page(visit: session.Visit | None = None, **query: str) -> AppTest:
        page = AppTest.from_file(str(MAIN), default_timeout=120)
        if visit is not None:
            page.session_state["visit"] = visit
        for name, value in query.items():
            page.query_params[name.replace("_", "-")] = value
        return page.run()

    return run_page


def visit_of(page: AppTest) -> session.Visit:
    found: session.Visit = page.session_state["visit"]
    return found


def shown_request(page: AppTest) -> TraceRequest | None:
    """The request whose picture is on the page."""
    return visit_of(page).last_good


def open_tab(page: AppTest) -> str:
    found: str = page.session_state["panel"] or next(iter(TABS))
    return found


def mentions(page: AppTest, words: str) -> bool:
    """Whether any text on the page has these words."""
    texts = [*page.caption, *page.markdown, *page.error, *page.info]
    return any(words in text.value for text in texts)


def test_a_first_visit_shows_the_default_prompts_trace(run: Run) -> None:
    page = run()
    assert not page.exception and not page.error
    assert shown_request(page) == FIRST.request
    assert page.selectbox(key="model").value == "demo-llama"
    assert mentions(page, DEFAULT_PRESET.look_for)


def test_the_first_picture_is_what_a_trace_gives_today() -> None:
    request, path = FIRST.request, FIRST.path
    stored = load_result(path)
    fresh = trace_prompt(load_model(request.model), request.prompt, score=request.score, sizes="dense")
    assert stored.prompt == fresh.prompt and stored.spec == fresh.spec and stored.settings == fresh.settings
    assert stored.id == fresh.id
    same = stored.trace.order == fresh.trace.order
    assert same.mean() > 0.99, "run python -m scripts.first_picture"
    assert (stored.curve["tv"] - fresh.curve["tv"]).abs().max() < 1e-3


def test_the_address_sets_what_the_page_shows(run: Run) -> None:
    page = run(prompt="Once upon a time", model="demo-gpt2", score="l2", position="3", size="40", view="components")
    assert shown_request(page) == TraceRequest("demo-gpt2", "Once upon a time", 3, "l2")
    assert (page.selectbox(key="model").value, page.selectbox(key="score").value) == ("demo-gpt2", "l2")
    assert visit_of(page).view == "components"
    size = visit_of(page).size
    assert size is not None and abs(size - 40) < 8


def test_an_address_with_nonsense_falls_back(run: Run) -> None:
    page = run(
        prompt="Once upon a time",
        model="no-such-model",
        score="l9",
        search="x",
        size="-7e",
        position="²",
        view="x",
        panel="none",
    )
    assert not page.exception
    assert shown_request(page) == TraceRequest("demo-llama", "Once upon a time")


def test_a_position_outside_the_prompt_is_explained(run: Run) -> None:
    page = run(prompt="Once upon a time", position="99")
    assert not page.exception
    assert shown_request(page) is None


def test_a_preset_is_traced(run: Run) -> None:
    page = run()
    presets = PRESET_GROUPS["Copying"]
    page.button(key=preset_key(presets[0])).click().run()
    assert not page.exception
    assert visit_of(page).prompt == presets[0].prompt
    assert mentions(page, presets[0].look_for)
    assert page.query_params["prompt"] == presets[0].prompt


@pytest.mark.parametrize("prompt", ["", "   ", "word " * 2000, "bell \x07"])
def test_a_bad_prompt_keeps_the_last_picture(run: Run, prompt: str) -> None:
    page = run()
    visit_of(page).submit(prompt)
    page.run()
    assert not page.exception
    assert shown_request(page) == FIRST.request
    visit_of(page).submit("Once upon a time")
    page.run()
    assert shown_request(page) == TraceRequest("demo-llama", "Once upon a time")


def test_a_bad_prompt_on_arrival_shows_no_picture(run: Run) -> None:
    page = run(prompt=" ")
    assert not page.exception
    assert shown_request(page) is None


@pytest.mark.parametrize("panel", ["Layers", "Kinds", "Numbers", "Table", "Compare", "Text", "Export"])
def test_every_tab_shows_something(run: Run, panel: str) -> None:
    page = run(panel=panel, prompt="3 + 4 =")
    assert not page.exception and not page.error
    assert open_tab(page) == panel


@pytest.mark.parametrize("panel", ["Waking up", "Keep", "", "no such tab"])
def test_a_link_with_a_tab_that_is_gone_opens_the_first(run: Run, panel: str) -> None:
    page = run(panel=panel, prompt="3 + 4 =")
    assert not page.exception and not page.error
    assert open_tab(page) == "Layers"
    assert shown_request(page) == TraceRequest("demo-llama", "3 + 4 =")


@pytest.mark.parametrize(("asked", "shown"), [("KL", "kl"), ("TV", "tv"), ("kl", "tv"), ("none", "tv")])
def test_the_address_sets_the_distance(run: Run, asked: str, shown: str) -> None:
    page = run(measure=asked, prompt="3 + 4 =")
    assert not page.exception and page.session_state["measure"] == shown


def test_another_size_belongs_to_another_result(run: Run) -> None:
    page = run()
    visit_of(page).move_to(5)
    page.run()
    assert visit_of(page).size == 5
    visit_of(page).submit("Once upon a time")
    page.run()
    assert visit_of(page).size != 5


def test_an_opened_file_is_shown_without_its_model(run: Run) -> None:
    result = trace_prompt(load_model("demo-gpt2"), "Once upon a time there was")
    page = run(session.Visit("3 + 4 =", opened=session.OpenedResult("my *trace*.json", result)), panel="Text")
    assert not page.exception and not page.error
    assert mentions(page, "Opened from")
    assert mentions(page, "needs the model itself")
    visit_of(page).opened = None
    page.run()
    assert shown_request(page) == TraceRequest("demo-llama", "3 + 4 =")


def test_the_link_to_share_holds_the_view_from_the_first_run_on(run: Run) -> None:
    [link] = run(panel="Export").code
    assert "prompt=The+capital+of+France+is" in link.value


def test_a_comparison_in_the_address_is_shown(run: Run) -> None:
    page = run(panel="Compare", b_model="demo-gpt2", b_prompt="Monday, Tuesday, Wednesday,", b_score="l2")
    assert not page.exception and not page.error
    assert visit_of(page).compared == TraceRequest("demo-gpt2", "Monday, Tuesday, Wednesday,", -1, "l2")
    assert page.query_params["b-model"] == "demo-gpt2"


def test_a_guided_search_stands_beside_the_papers_order(run: Run) -> None:
    guided = TraceRequest("demo-llama", "The capital of France is", search="guided")
    page = run(prompt=guided.prompt, search="guided", baselines="random", panel="Compare")
    assert not page.exception and not page.error
    assert page.selectbox(key="search").value == "guided"
    assert shown_request(page) == guided
    assert mentions(page, search_words(cache.trace(guided)))
    assert visit_of(page).compared == replace(guided, search="best-first")
    assert page.query_params["b-search"] == "best-first"
    page.selectbox(key="effort").set_value("0.5").run()
    assert shown_request(page) == replace(guided, effort=0.5)
    assert mentions(page, "Guided, effort 0.5:")
    page.selectbox(key="search").set_value("best-first").run()
    assert shown_request(page) == replace(guided, search="best-first")
    assert not mentions(page, search_words(cache.trace(guided)))


def test_a_comparison_with_a_guided_search_in_the_address(run: Run) -> None:
    address = {"b_model": "demo-llama", "b_prompt": "3 + 4 =", "b_search": "guided", "b_score": "none"}
    page = run(panel="Compare", b_effort="0.5", **address)
    assert not page.exception and not page.error
    wanted = TraceRequest("demo-llama", "3 + 4 =", -1, "l1", "guided", 0.5)
    assert visit_of(page).compared == wanted and page.query_params["b-effort"] == "0.5"
    effort = next(box for box in page.selectbox if box.label == "B: effort")
    effort.set_value("1").run()
    assert visit_of(page).compared == replace(wanted, effort=1.0) and "b-effort" not in page.query_params
    page = run(panel="Compare", b_effort="1e9", **address)
    assert visit_of(page).compared == replace(wanted, effort=1.0)


def test_a_computation_that_breaks_is_explained(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = cache.trace

    def breaks(request: TraceRequest, report: OnProgress) -> TraceResult:
        if request.prompt == "It breaks":
            raise RuntimeError("not for visitors")
        return trace(request, report)

    monkeypatch.setattr(cache, "trace", breaks)
    page = run(panel="Compare", b_model="demo-gpt2", b_prompt="It breaks")
    assert not page.exception
    assert [error.value.replace("\\", "") for error in page.error] == [
        "The computation failed (RuntimeError). Try a shorter prompt or another model."
    ]
    assert shown_request(page) == FIRST.request, "the page's own trace stays"
    page = run(prompt="It breaks")
    assert not page.exception and shown_request(page) is None


SURE_ANSWERS = {
    "Capital": {"Paris"},
    "Opposite": {"cold"},
    "Weekdays": {"Thursday"},
    "Counting": {"five"},
    "Sum": {"7"},
    "Letters": {"B"},
    "Animals": {"cat"},
    "Giver": {"Mary"},
    "Giver, turned": {"Tom"},
    "Plural": {"were", "are", "have"},
    "Singular": {"is"},
}


@pytest.mark.parametrize("model", ["demo-llama", "demo-gpt2"])
def test_presets_do_what_they_promise(model: str) -> None:
    """Where there is one answer both models give it; stories and uncertain ones stay open."""
    loaded = load_model(model)
    for preset in PRESETS:
        result = trace_prompt(loaded, preset.prompt, sizes=[1.0])
        answer = result.top_tokens(k=1)["text"].item().strip()
        if preset.name in SURE_ANSWERS:
            assert answer in SURE_ANSWERS[preset.name], preset.prompt
        else:
            assert result.curve["entropy"].item() > 2, preset.prompt
