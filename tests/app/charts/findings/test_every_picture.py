"""What holds for every chart of the findings: it has rows, words with numbers, and a valid specification."""

import json

import altair as alt
import pytest

from strace_core import study as analyses
from strace_core.study import Study
from strace_explorer.charts.findings import (
    agreement,
    composition,
    density,
    lorenz,
    phases,
    reconstruction,
    recovery,
    unigram,
    use,
)
from strace_explorer.charts.findings.scatter import with_shown_groups
from strace_explorer.charts.parts import Drawing


@pytest.fixture(scope="module")
def drawings(study: Study) -> dict[str, Drawing]:
    runs = with_shown_groups(study.traced)
    pairs = runs.assign(x_density=runs["auc_tv_log"], y_density=runs["auc_tv_log"])
    curve, marks = analyses.reconstruction_curve(study), analyses.structural_marks(study)
    return {
        "curve": reconstruction.draw(curve, marks, "a", "fraction"),
        "kinds": composition.draw(analyses.share_by_kind(study), "a", "kind", "share"),
        "depths": composition.draw(analyses.share_by_depth(study), "a", "depth", "lift"),
        "unigram": unigram.draw(analyses.unigram_closeness(study), "a", "unigram_rank"),
        "lorenz": lorenz.draw(analyses.lorenz(study), "a"),
        "stages": phases.draw(analyses.fall_by_stage(study), "paper", "a", "a:untrained"),
        "criteria": recovery.draw(analyses.size_by_criterion(study), "a", "a:untrained"),
        "density": density.draw(runs, "a", "auc_tv", "entropy", 100, clickable=True),
        "agreement": agreement.draw(pairs, "a", "b", clickable=True),
        "use": use.draw(analyses.component_use(study), "a"),
    }


NAMES = ("curve", "kinds", "depths", "unigram", "lorenz", "stages", "criteria", "density", "agreement", "use")


@pytest.mark.parametrize("name", NAMES)
def test_words_have_numbers_and_rows_come_apart_from_the_specification(drawings: dict[str, Drawing], name: str) -> None:
    drawing = drawings[name]
    assert len(drawing.rows) and any(sign.isdigit() for sign in drawing.alt)
    assert drawing.alt.endswith(".")
    assert "data" not in drawing.spec


@pytest.mark.parametrize("name", NAMES)
def test_the_specification_is_valid_vega_lite(drawings: dict[str, Drawing], name: str) -> None:
    drawing = drawings[name]
    values = json.loads(drawing.rows.to_json(orient="records"))
    chart = alt.Chart.from_dict(drawing.spec | {"data": {"values": values}})  # raises where the schema is broken
    assert values in chart.to_dict()["datasets"].values()
