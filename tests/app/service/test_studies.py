"""Studies as the page reads them: kept by what their files are, and called by their names."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from strace_core import FileError
from strace_core.study import Study
from strace_core.study.schema import FORMAT, TABLES
from strace_explorer.access.settings import StudyPlace
from strace_explorer.service import cache
from strace_explorer.service.studies import Part, StudyRequest, restricted, stamp
from tests.core.studies import random_study


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def write(folder: Path, study: Study) -> StudyPlace:
    folder.mkdir(exist_ok=True)
    (folder / "study.json").write_text(json.dumps({"format": FORMAT, "settings": {}, "versions": {}}))
    for name, table in {"runs": study.runs, "sizes": study.sizes}.items():
        rows = pa.Table.from_pandas(table, schema=TABLES[name], preserve_index=False)
        pq.write_table(rows, folder / f"{name}.parquet")
    return StudyPlace("own", folder)


def test_a_study_that_grows_is_read_anew(tmp_path: Path) -> None:
    place = write(tmp_path / "s", random_study(1, ("a", "b"), 6))
    first = StudyRequest(place, stamp(place))
    assert cache.study(first).models == ["a", "b"] and cache.study(first) is cache.study(first)
    write(tmp_path / "s", random_study(1, ("a", "b", "c"), 6))
    assert cache.study(StudyRequest(place, stamp(place))).models == ["a", "b", "c"]


def test_findings_are_of_the_part_and_kept(tmp_path: Path) -> None:
    place = write(tmp_path / "s", random_study(1, ("a", "a:untrained", "b"), 6))
    request = StudyRequest(place, stamp(place), Part(models=("a",)))
    table = cache.finding(request, "structural_marks")
    assert set(table["model"]) == {"a", "a:untrained"}
    assert cache.finding(request, "structural_marks") is table
    by_path = cache.finding(request, "reconstruction_curve", axis="path")
    assert by_path is not cache.finding(request, "reconstruction_curve", axis="fraction")
    assert cache.finding(replace(request, part=Part(models=("b",))), "structural_marks")["model"].unique() == ["b"]


@pytest.mark.parametrize("missing", ["study.json", "runs.parquet", "sizes.parquet"])
def test_what_is_wrong_calls_the_study_by_its_name(tmp_path: Path, missing: str) -> None:
    place = write(tmp_path / "s", random_study(1, ("a",), 4))
    (tmp_path / "s" / missing).unlink()
    with pytest.raises(FileError) as refused:
        cache.study(StudyRequest(place, stamp(place)))
    assert "own" in str(refused.value) and str(tmp_path) not in str(refused.value)


def test_a_part_of_a_study_includes_twins() -> None:
    study = random_study(1, ("a", "a:untrained", "b"), 12)
    assert restricted(study, Part(models=("a",))).models == ["a", "a:untrained"]
    assert restricted(study, Part(groups=("odd",))).groups == ["odd"]
    assert restricted(study, Part(score="l2")).runs.empty
