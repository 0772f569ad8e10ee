"""Every chart of the page: its rows fit its specification, its alt text has its numbers, and tokens stay text."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

import altair as alt
import pyarrow as pa
import pytest

from strace_core import StateDetail, TraceResult
from strace_explorer.charts import (
    compared_tokens,
    component_grid,
    curve,
    head_sources,
    kinds,
    layers,
    overlay,
    prediction,
    state_lens,
    trend,
)
from strace_explorer.charts.parts import Drawing
from strace_explorer.wording.comparison import linked
from strace_explorer.wording.names import PART_OF_KIND
from strace_explorer.wording.text import size_text
from tests.app.details import head, tokens
from tests.app.traces import made_up_trace, with_made_up_baselines

NASTY = ["<img src=x onerror=alert(1)>", "</script>", "a\nb", "\ud83d", "مرحبا", "", "\u202eright", "${1}", "{{x}}"]
ANSWERS = [text for text in NASTY if text != "\ud83d"] + ["</text>"]  # what a tokenizer decodes has no half emoji
RESULTS = {
    "sequential": with_made_up_baselines(made_up_trace(3, 4, [" a", " b", " c"])),
    "parallel": made_up_trace(2, 3, [" a", " b"], parallel=True),
    "nasty": replace(made_up_trace(3, 4, NASTY), token_texts=dict(enumerate([*ANSWERS, " x", " y", " z"]))),
    "smallest": made_up_trace(1, 1, [" a"]),
}
OTHER = made_up_trace(2, 5, [" a", " b", " c", " d"], seed=3)
HEAD = head([0.5, 0.3, 0.2], [1.0, 3.0, 0.0], [4, 0, None])
STATE = StateDetail(tokens(Paris=0.6), tokens(the=0.5), False)

Draw = Callable[[TraceResult, int, bool], Drawing]
CHARTS: dict[str, Draw] = {
    "curve": lambda result, n, large: curve.draw(result, n, large=large),
    "curve kl": lambda result, n, large: curve.draw(result, n, "kl", large=large),
    "entropy": lambda result, n, large: trend.draw(result, n, "entropy", large=large),
    "shared list": lambda result, n, large: trend.draw(result, n, "shared_nucleus", large=large),
    "prediction": lambda result, n, large: prediction.draw(result, n, large=large),
    "heads": lambda result, n, large: layers.draw(result, n, "heads", large=large),
    "mlps": lambda result, n, large: layers.draw(result, n, "mlps", large=large),
    "kinds": lambda result, n, large: kinds.draw(result, n, large=large),
    "kinds available": lambda result, n, large: kinds.draw(result, n, of="available", large=large),
    "overlay": lambda result, n, large: overlay.draw(linked(result, OTHER, n), large=large),
    "grid": lambda result, n, large: component_grid.draw(linked(result, OTHER, n), large=large),
    "compared tokens": lambda result, n, large: compared_tokens.draw(linked(result, OTHER, n), large=large),
    "head": lambda result, n, large: head_sources.draw(HEAD, large=large),
    "state": lambda result, n, large: state_lens.draw(STATE, large=large),
}


@dataclass(frozen=True)
class Fields:
    """The data fields that a specification reads, and those that its transforms make."""

    read: set[str]
    made: set[str]


def fields_of(spec: object) -> Fields:
    found = Fields(set(), set())

    def walk(part: object) -> None:
        if isinstance(part, dict):
            if isinstance(part.get("field"), str):
                found.read.add(part["field"])
            if isinstance(part.get("as"), str):
                found.made.add(part["as"])
            for inner in part.values():
                walk(inner)
        elif isinstance(part, list):
            for inner in part:
                walk(inner)

    walk(spec)
    return found


def chart_of(drawing: Drawing) -> alt.TopLevelMixin:
    """The chart as the page completes it; Altair checks it against Vega-Lite's schema."""
    values = json.loads(drawing.rows.to_json(orient="records"))
    chart: alt.TopLevelMixin = alt.Chart.from_dict(drawing.spec | {"data": {"values": values}})
    return chart


@pytest.mark.parametrize("kind", RESULTS)
@pytest.mark.parametrize("name", CHARTS)
def test_specification_and_rows_fit(name: str, kind: str) -> None:
    result, large = RESULTS[kind], kind == "parallel"
    middle = int(result.curve["n_edges"].iloc[len(result.curve) // 2])
    for n_edges in (0, middle, result.n_edges):
        drawing = CHARTS[name](result, n_edges, large)
        fields = fields_of(drawing.spec)
        parts = set(PART_OF_KIND.values())  # columns that a pivot makes
        assert fields.read <= {*drawing.rows.columns, *fields.made, *parts}
    chart_of(CHARTS[name](result, middle, large))  # raises where the schema of Vega-Lite is broken


@pytest.mark.parametrize("name", sorted(set(CHARTS) - {"head", "state", "compared tokens"}))
def test_the_specification_stays_while_the_size_moves(name: str) -> None:
    result = RESULTS["sequential"]
    specs = [CHARTS[name](result, n_edges, False).spec for n_edges in (3, 20)]
    assert specs[0] is specs[1], "a new one would draw the chart anew"


@pytest.mark.parametrize("name", ["curve", "prediction", "heads", "mlps", "kinds"])
def test_the_specification_stays_for_a_longer_prompt(name: str) -> None:
    short, long = made_up_trace(2, 2, [" a", " b"]), made_up_trace(2, 2, [" a", " b", " c", " d", " e"])
    assert CHARTS[name](short, 3, False).spec is CHARTS[name](long, 3, False).spec


@pytest.mark.parametrize("name", CHARTS)
def test_no_token_is_in_a_specification(name: str) -> None:
    text = json.dumps(CHARTS[name](RESULTS["nasty"], 20, False).spec, ensure_ascii=False)
    assert not any(token in text for token in {*NASTY, *ANSWERS} if token)


@pytest.mark.parametrize("name", CHARTS)
def test_rows_survive_the_way_to_the_browser(name: str) -> None:
    rows = CHARTS[name](RESULTS["nasty"], 20, False).rows
    assert rows.columns.is_unique
    assert len(pa.Table.from_pandas(rows)) == len(rows)
    for column in rows.columns[rows.dtypes == "str"]:
        "".join(rows[column]).encode("utf-8")  # a lone half of an emoji could not be sent


@pytest.mark.parametrize("name", sorted(set(CHARTS) - {"head", "state"}))
def test_the_alt_text_says_what_is_drawn_at_the_size(name: str) -> None:
    result = RESULTS["sequential"]
    small, large = (CHARTS[name](result, n_edges, False).alt for n_edges in (3, result.n_edges))
    assert small != large and small.endswith(".") and len(small) > 40
    if name in ("curve", "curve kl", "entropy", "prediction", "kinds", "overlay"):
        assert size_text(3, result.n_edges) in small
