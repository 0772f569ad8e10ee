"""The operator's models: offered, judged before they are loaded, refused with a reason, kept within their folder."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from transformers import AutoTokenizer, GPT2Config, GPT2LMHeadModel, T5Config

from tests.e2e.guard import wait_until_at_rest, watched_page
from tests.e2e.server import REPOSITORY, Server, serve
from tests.e2e.test_page import edges_kept, tokens

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models: two that can be traced, one that cannot."""
    folder = tmp_path_factory.mktemp("models")
    small = GPT2Config(n_embd=32, n_layer=2, n_head=2, vocab_size=8192)
    for name in ("small", "another"):
        GPT2LMHeadModel(small).save_pretrained(folder / name)
        AutoTokenizer.from_pretrained(REPOSITORY / "assets" / "models" / "demo-gpt2").save_pretrained(folder / name)
    T5Config().save_pretrained(folder / "translator")
    return folder


@pytest.fixture(scope="module")
def operators(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"STRACE_MODEL_ROOTS": str(root)}
    with serve(REPOSITORY / "app" / "main.py", tmp_path_factory.mktemp("operators"), settings) as running:
        yield running


@pytest.fixture
def open_operators(browser: Browser, operators: Server) -> Iterator[OpenPage]:
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(watched_page(browser, operators, **options))


def choose_model(page: Page, name: str) -> None:
    page.get_by_role("combobox", name="Model").click()
    page.get_by_role("option", name=name).click()
    wait_until_at_rest(page)


def test_a_model_is_judged_before_it_is_loaded(open_operators: OpenPage) -> None:
    page = open_operators()
    choose_model(page, "small")
    expect(page.get_by_text("2 blocks of 2 heads")).to_be_visible()
    page.get_by_role("button", name="Load this model").click()
    wait_until_at_rest(page)
    expect(tokens(page)).to_contain_text("·France")
    assert edges_kept(page) > 0
    expect(page.get_by_role("button", name="Faithfulness check")).to_be_visible()


def test_a_model_that_cannot_be_traced_says_why(open_operators: OpenPage) -> None:
    page = open_operators()
    choose_model(page, "translator")
    expect(page.get_by_test_id("stSidebar").get_by_role("alert")).to_contain_text("encoder-decoder")
    expect(page.get_by_role("button", name="Load this model")).to_have_count(0)


def test_a_folder_elsewhere_is_not_opened(open_operators: OpenPage, tmp_path: Path) -> None:
    page = open_operators()
    page.get_by_role("button", name="Another model").click()
    name = page.get_by_role("textbox", name="Folder or hub name")
    name.fill(str(tmp_path))
    name.press("Enter")
    wait_until_at_rest(page)
    expect(page.get_by_role("alert").filter(has_text="does not open")).to_be_visible()
    expect(page.get_by_role("button", name="Load and trace")).to_have_count(0)


def test_an_address_with_such_a_model_waits_for_consent(open_operators: OpenPage) -> None:
    page = open_operators(path="/?model=another&prompt=3+%2B+4+%3D")
    expect(page.get_by_role("button", name="Load this model")).to_be_visible()
    page.get_by_role("button", name="Load this model").click()
    wait_until_at_rest(page)
    expect(tokens(page)).to_contain_text("4")
    assert edges_kept(page) > 0
