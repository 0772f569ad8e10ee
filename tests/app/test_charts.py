import json

import altair as alt
import pandas as pd
import pytest

from app.views import charts, frames
from app.views.theme import FULL_MODEL, SUBGRAPH
from tests.app.traces import made_up_trace

RESULT = made_up_trace(3, 4, [" a", " b", " c"])


def with_rows(spec: charts.Spec, rows: pd.DataFrame) -> alt.Chart:
    """The chart as the page completes it; Altair checks it against Vega-Lite's schema."""
    return alt.Chart.from_dict(spec | {"data": {"values": json.loads(rows.to_json(orient="records"))}})


def field_names(spec: object) -> set[str]:
    """Every data field an encoding of the specification reads."""
    if isinstance(spec, dict):
        own = {spec["field"]} if isinstance(spec.get("field"), str) else set()
        return own.union(*map(field_names, spec.values()))
    return set().union(*map(field_names, spec)) if isinstance(spec, list) else set()


@pytest.mark.parametrize(
    ("spec", "rows"),
    [
        (charts.curve_spec(RESULT.n_edges), frames.curve_frame(RESULT, 10)),
        (charts.bars_spec(0.5), frames.top_tokens_frame(RESULT, 10)),
    ],
)
def test_specification_and_frame_fit(spec: charts.Spec, rows: pd.DataFrame) -> None:
    assert field_names(spec) <= set(rows.columns)
    with_rows(spec, rows).to_dict()  # raises where the schema is broken


def test_curve_has_a_log_axis_from_one_edge_to_all() -> None:
    layers = charts.curve_spec(981)["layer"]
    scales = [layer["encoding"]["x"]["scale"] for layer in layers]
    assert all(scale["type"] == "log" and scale["domain"] == [1, 981] for scale in scales)
    assert charts.curve_spec(1)["layer"][0]["encoding"]["x"]["scale"]["domain"] == [1, 2]


def test_the_rule_and_the_dot_are_drawn_at_the_current_size_only() -> None:
    filtered = [layer for layer in charts.curve_spec(50)["layer"] if "transform" in layer]
    assert {layer["mark"]["type"] for layer in filtered} == {"rule", "point"}
    assert all(layer["transform"] == [{"filter": "datum.current"}] for layer in filtered)


def test_bars_tell_the_sides_apart_by_place_and_colour() -> None:
    encoding = charts.bars_spec(0.3)["encoding"]
    assert encoding["color"]["scale"] == {"domain": ["full model", "subgraph"], "range": [FULL_MODEL, SUBGRAPH]}
    assert encoding["yOffset"]["field"] == "side"
    assert encoding["x"]["scale"]["domain"] == [0, 0.3]


def test_a_specification_is_built_once() -> None:
    assert charts.bars_spec(0.25) is charts.bars_spec(0.25)
