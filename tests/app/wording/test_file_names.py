"""The names of saved files."""

import re
from dataclasses import replace

import pytest

from strace_core import Prompt, TraceResult
from strace_explorer.wording.file_names import file_stem
from tests.app.traces import guided_from, made_up_trace


@pytest.fixture(scope="module")
def result() -> TraceResult:
    return made_up_trace(2, 3, ["The", " capital", " of", " France", " is"])


def named(result: TraceResult, model: str, *texts: str) -> TraceResult:
    prompt = Prompt(None, tuple(range(len(texts))), texts)
    return replace(result, spec=replace(result.spec, name=model), prompt=prompt)


@pytest.mark.parametrize(
    ("model", "texts", "stem"),
    [
        ("/home/me/models/my model/", ("a",), "my-model_a"),
        ("owner/name-7b", ("../../etc/passwd",), "name-7b_etc-passwd"),
        ("C:\\models\\x", ("<img src=x>", "\n", "\0"), "x_img-src-x"),
        ("m", ("\u202e", "🦜"), "m_prompt"),
        ("m", ("مرحبا", " 世界"), "m_مرحبا-世界"),
        ("...", ("w" * 500,), "model_" + "w" * 40),
    ],
)
def test_names_are_safe_whatever_is_traced(result: TraceResult, model: str, texts: tuple[str, ...], stem: str) -> None:
    assert file_stem(named(result, model, *texts)) == stem
    assert re.fullmatch(r"[\w-]+", stem) and len(stem.encode()) < 200


def test_the_two_orders_of_a_prompt_have_files_of_their_own(result: TraceResult) -> None:
    assert file_stem(guided_from(result)) == f"{file_stem(result)}_guided"
