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
STUB = (ROOT / "strace_core" / "__init__.pyi").read_text(encoding="utf-8")

LIGHT = """
import sys
from pathlib import Path
import strace_core
from strace_core import (
    BASELINES, KINDS, PAPER_FRACTIONS, SCORE_RULES, FileError, ModelSpec, Progress, Prompt, StraceError, TraceResult,
    TraceSettings, bundled_models, decode_result, encode_result, load_result, save_result,
    Bootstrap, claims, component_use, load_study, reconstruction_curve, share_by_kind,
)
from tests.core.studies import random_study
golden = Path("tests/core/golden/tiny-llama.json")
result = decode_result(golden.read_bytes(), golden.name)
assert load_result(golden).id == result.id and bundled_models() and list(SCORE_RULES) and list(BASELINES)
result.top_tokens(), result.edges, result.subgraph(9), result.composition(), result.density, result.recovery
for ending in (".json", ".npz", ".csv", ".parquet", ".graphml"):
    encode_result(result, ending)
study = random_study(0, models=("a", "a:untrained", "b"))
assert len(claims(study, bootstrap=Bootstrap(10))) and study.models == ["a", "a:untrained", "b"]
assert len(reconstruction_curve(study)) and len(share_by_kind(study)) and len(component_use(study)) and load_study
print(*sorted({"torch", "transformers", "numba"} & set(sys.modules)))
"""


def test_a_saved_result_opens_and_a_study_is_read_without_torch_transformers_and_numba() -> None:
    """In a process of its own, as a server's first page sees it."""
    done = subprocess.run([sys.executable, "-c", LIGHT], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_what_computes_imports_them_when_it_is_asked_for() -> None:
    heavy = LIGHT.replace("result = ", "strace_core.trace_prompt; result = ")
    done = subprocess.run([sys.executable, "-c", heavy], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {*done.stdout.split()} == {"torch", "transformers", "numba"}


def test_every_public_name_is_there_and_no_other() -> None:
    assert {*strace_core.__all__} == exported_names(STUB) == {*dir(strace_core)}
    for name in strace_core.__all__:
        assert getattr(strace_core, name) is not None
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
