"""What the package exports, and that opening a saved result or reading a study imports no machine learning library."""

import dataclasses
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

import strace_core
from tests.structure_rules import exported_names

ROOT = Path(__file__).resolve().parents[2]
NAMESPACES = {"strace_core": strace_core, "strace_core.study": strace_core.study}
"""Public namespaces; each lists its names in the stub beside it."""

LIGHT = """
import sys
from pathlib import Path
import strace_core
from strace_core import (
    BASELINES, KINDS, PAPER_FRACTIONS, SCORE_RULES, FileError, ModelSpec, Progress, Prompt, StraceError, TraceResult,
    TraceSettings, bundled_models, decode_result, encode_result, load_result, save_result, study,
)
from tests.core.studies import random_study
golden = Path("tests/core/golden/tiny-llama.json")
result = decode_result(golden.read_bytes(), golden.name)
assert load_result(golden).id == result.id and bundled_models() and list(SCORE_RULES) and list(BASELINES)
result.top_tokens(), result.edges, result.subgraph(9), result.composition(), result.density, result.recovery
for ending in (".json", ".npz", ".csv", ".parquet", ".graphml"):
    encode_result(result, ending)
found = random_study(0, models=("a", "a:untrained", "b"))
few = study.Bootstrap(10)
assert len(study.claims(found, bootstrap=few)) and found.models == ["a", "a:untrained", "b"]
assert len(study.reconstruction_curve(found)) and len(study.share_by_kind(found)) and len(study.component_use(found))
assert study.load_study("assets/study").models and study.StudyPrompt("id", "text") and study.read_prompts
print(*sorted({"torch", "transformers", "numba"} & set(sys.modules)))
"""


def test_a_saved_result_opens_and_a_study_is_read_without_torch_transformers_and_numba() -> None:
    """In a process of its own, like a server's first page."""
    done = subprocess.run([sys.executable, "-c", LIGHT], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


@pytest.mark.parametrize("name", ["trace_prompt", "study.run_study"])
def test_what_computes_imports_them_on_first_use(name: str) -> None:
    heavy = f"import sys, strace_core; strace_core.{name}; " + LIGHT.strip().splitlines()[-1]
    done = subprocess.run([sys.executable, "-c", heavy], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {*done.stdout.split()} == {"torch", "transformers"}  # numba comes with the first growth


@pytest.mark.parametrize("name", NAMESPACES)
def test_every_public_name_is_there_and_no_other(name: str) -> None:
    namespace = NAMESPACES[name]
    stub = ROOT.joinpath(*name.split("."), "__init__.pyi").read_text(encoding="utf-8")
    assert {*namespace.__all__} == exported_names(stub) == {*dir(namespace)}
    for public in namespace.__all__:
        assert getattr(namespace, public) is not None


def test_an_internal_name_is_not_public() -> None:
    with pytest.raises(AttributeError, match="grow_best_first"):
        strace_core.grow_best_first  # type: ignore[attr-defined]  # noqa: B018


def classes_of(annotation: object) -> Iterator[type]:
    """The classes of strace_core in an annotation."""
    if isinstance(annotation, type) and annotation.__module__.startswith("strace_core."):
        yield annotation
    for part in get_args(annotation):
        yield from classes_of(part)


PUBLIC = sorted(
    name
    for name in strace_core.__all__
    if callable(found := getattr(strace_core, name))
    and (dataclasses.is_dataclass(found) or not isinstance(found, type))
    and hasattr(found, "__annotations__")
)


@pytest.mark.parametrize("name", PUBLIC)
def test_every_class_in_a_public_signature_is_exported(name: str) -> None:
    hints = get_type_hints(getattr(strace_core, name))
    named = {each.__name__ for annotation in hints.values() for each in classes_of(annotation)}
    assert named <= {*strace_core.__all__}, f"export {named - {*strace_core.__all__}} in strace_core/__init__.pyi"


def test_public_signatures_are_found() -> None:
    assert {"trace_prompt", "text_density", "Capture", "LoadedModel", "TraceResult"} <= {*PUBLIC}
    assert "LoadedModel" in {each.__name__ for each in classes_of(get_type_hints(strace_core.trace_prompt)["model"])}
