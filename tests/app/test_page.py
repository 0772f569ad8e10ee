"""The page's states, without a browser."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.presets import DEFAULT_PRESET, PRESETS
from strace_core import load_model, trace_prompt

MAIN = Path(__file__).resolve().parents[2] / "app" / "main.py"
Run = Callable[..., AppTest]


@pytest.fixture
def run() -> Run:
    def run_page(**query: str) -> AppTest:
        page = AppTest.from_file(str(MAIN), default_timeout=60)
        for name, value in query.items():
            page.query_params[name] = value
        return page.run()

    return run_page


def tokens_shown(page: AppTest) -> str:
    """The strip of tokens of the result on the page."""
    strips = [element.proto.body for element in page.get("html") if "listitem" in element.proto.body]
    return strips[0] if strips else ""


def test_a_first_visit_shows_the_default_prompts_trace(run: Run) -> None:
    page = run()
    assert not page.exception and not page.error
    assert page.text_input(key="prompt").value == DEFAULT_PRESET.prompt
    assert page.selectbox(key="model").value == "demo-llama"
    assert "·France" in tokens_shown(page)
    assert any(DEFAULT_PRESET.look_for in caption.value for caption in page.caption)


def test_the_address_sets_prompt_model_and_score(run: Run) -> None:
    page = run(prompt="Once upon a time", model="demo-gpt2", score="l2")
    assert page.text_input(key="prompt").value == "Once upon a time"
    assert (page.selectbox(key="model").value, page.selectbox(key="score").value) == ("demo-gpt2", "l2")
    assert "·time" in tokens_shown(page)


def test_an_address_with_nonsense_falls_back(run: Run) -> None:
    page = run(prompt="Once upon a time", model="no-such-model", score="l9", size="-7e")
    assert not page.exception
    assert page.selectbox(key="model").value == "demo-llama"
    assert "·time" in tokens_shown(page)


def test_a_preset_fills_the_box_and_is_traced(run: Run) -> None:
    page = run()
    preset = PRESETS[2]
    page.button_group(key="preset").set_value(preset.name).run()
    assert page.text_input(key="prompt").value == preset.prompt
    assert any(preset.look_for in caption.value for caption in page.caption)
    assert not page.exception


@pytest.mark.parametrize("prompt", ["", "   ", "word " * 2000, "bell \x07"])
def test_a_bad_prompt_is_explained_and_the_last_picture_stays(run: Run, prompt: str) -> None:
    page = run()
    page.text_input(key="prompt").set_value(prompt).run()
    assert not page.exception
    assert len(page.error) == 1
    assert "·France" in tokens_shown(page)
    page.text_input(key="prompt").set_value("Once upon a time").run()
    assert not page.error
    assert "·time" in tokens_shown(page)


def test_a_bad_prompt_on_arrival_shows_the_message_alone(run: Run) -> None:
    page = run(prompt=" ")
    assert len(page.error) == 1 and not page.exception
    assert tokens_shown(page) == ""


SURE_ANSWERS = {
    "Sum": {"7"},
    "Capital": {"Paris"},
    "Giver and receiver": {"Mary"},
    "Repetition": {"B"},
    "Sequence": {"Thursday"},
    "Agreement": {"were", "are", "have"},
}


@pytest.mark.parametrize("model", ["demo-llama", "demo-gpt2"])
def test_presets_do_what_they_promise(model: str) -> None:
    """Where there is one answer both models give it; the story stays open."""
    for preset in PRESETS:
        result = trace_prompt(load_model(model), preset.prompt, sizes=[1.0])
        answer = result.top_tokens(k=1)["text"].item().strip()
        if preset.name in SURE_ANSWERS:
            assert answer in SURE_ANSWERS[preset.name], preset.prompt
        else:
            assert result.curve["entropy"].item() > 2
