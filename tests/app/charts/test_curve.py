from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strace_core import TraceResult
from strace_explorer.charts import curve
from strace_explorer.charts.curve import LANES, PHASES, mark_rows, phase_rows
from strace_explorer.charts.marks import Mark
from strace_explorer.charts.parts import Spec
from strace_explorer.charts.theme import BASELINE_COLOURS, SUBGRAPH
from strace_explorer.wording.names import BASELINE_NAMES, TRACE
from tests.app.traces import made_up_trace, with_made_up_baselines


@pytest.fixture(scope="module")
def result() -> TraceResult:
    return with_made_up_baselines(made_up_trace(3, 4, [" a", " b", " c", " d", " e"]))


def part(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    return frame[frame["part"] == name]


def layers_of(spec: Spec, mark: str) -> list[Spec]:
    return [layer for layer in spec["layer"] if layer["mark"]["type"] == mark]


def test_the_frame_marks_the_current_size_of_the_trace_alone(result: TraceResult) -> None:
    size = int(result.curve["n_edges"].iloc[10])
    frame = curve.frame(result, size)
    current = frame[frame["current"]]
    assert (current["n_edges"].tolist(), current["line"].tolist()) == ([size], [TRACE])
    assert not curve.frame(result, 0)["current"].any()


def test_every_line_has_every_size_from_one_edge_up(result: TraceResult) -> None:
    sizes = result.curve["n_edges"].tolist()[1:]
    lines = part(curve.frame(result, 5), "curve").groupby("line")["n_edges"].apply(list)
    assert lines.to_dict() == dict.fromkeys(
        [TRACE, "random growth", "backbone first", "without the trace's edges"], sizes
    )


def test_values_are_those_of_the_tables_and_end_at_the_top(result: TraceResult) -> None:
    lines = part(curve.frame(result, 5, "kl", top=3.0), "curve").set_index("line")
    assert lines.loc[TRACE, "value"].tolist() == pytest.approx(result.curve["kl"].iloc[1:].clip(upper=3).tolist())
    assert set(lines.loc["backbone first", "value"]) == {3.0}
    assert set(lines.loc["backbone first", "written"]) == {"infinite"}
    assert set(lines.loc["without the trace's edges", "value"]) == {1.0}


def test_the_rows_of_the_trace_hold_the_baselines_beside_it(result: TraceResult) -> None:
    trace = part(curve.frame(result, 5), "curve").query("line == @TRACE")
    assert set(trace["random"]) == {"0.900"} and set(trace["complement"]) == {"0.100"}


def test_phases_lie_where_the_paper_has_them() -> None:
    rows = pd.DataFrame(phase_rows(100_000)).set_index("line")
    assert rows.loc["construction", ["n_edges", "end"]].tolist() == [10, 1_000]
    assert rows.loc["refinement", ["n_edges", "end"]].tolist() == [1_000, 100_000]
    assert rows["middle"].tolist() == pytest.approx([100, 10_000])
    assert rows["label"].tolist() == ["construction", "refinement"]
    assert [phase.name for phase in PHASES] == rows.index.tolist()


def test_a_phase_of_less_than_an_edge_is_left_out_and_a_narrow_one_has_no_name() -> None:
    assert [row["line"] for row in phase_rows(81)] == ["refinement"]
    narrow = pd.DataFrame(phase_rows(300)).set_index("line")
    assert narrow.loc["construction", "n_edges"] == 1
    assert narrow["label"].tolist() == ["", "refinement"]


def test_only_sizes_that_the_curve_hides_are_marked(result: TraceResult) -> None:
    rows: pd.DataFrame = curve.draw(result, 3).rows
    labels = set(rows.loc[rows["part"] == "mark", "label"]) - {""}
    assert labels <= {"connected", "same top token", "backbone"} and labels


def test_marks_far_apart_stand_in_one_lane() -> None:
    rows = pd.DataFrame(mark_rows([Mark(2, "two", "connected"), Mark(900, "many", "backbone")], 1_000))
    assert rows["label"].tolist() == ["connected", "backbone"]
    assert rows["lane"].tolist() == [0, 0]
    assert rows["side"].tolist() == ["left", "right"], "the last one would run out of the chart"


def test_marks_close_together_take_two_lanes() -> None:
    rows = pd.DataFrame(mark_rows([Mark(10, "", "connected"), Mark(12, "", "same top token")], 10_000))
    assert rows["lane"].tolist() == [0, 1] and (rows["label"] != "").all()


def test_a_mark_without_room_keeps_its_rule_and_loses_its_label() -> None:
    rows = pd.DataFrame(mark_rows([Mark(100 + n, "", "a long label") for n in range(6)], 10_000))
    assert len(rows) == 6
    nameless = rows[rows["label"] == ""]
    assert len(nameless) > 0 and set(nameless["lane"]) == {LANES}, "its rule starts below the labels"


@given(st.lists(st.integers(1, 5_000), min_size=2, max_size=6))
def test_no_label_covers_another(sizes: list[int]) -> None:
    rows = pd.DataFrame(mark_rows([Mark(size, "", "label") for size in sizes], 5_000))
    named = rows[rows["label"] != ""]
    at = 290 * np.log(named["n_edges"].to_numpy()) / np.log(5_000)
    start = np.where(named["side"] == "left", at, at - len("label") * 6.2)
    for one, other in combinations(range(len(named)), 2):
        if named["lane"].iloc[one] == named["lane"].iloc[other]:
            assert abs(start[one] - start[other]) >= len("label") * 6.2


def test_curve_has_a_log_axis_from_one_edge_to_all_edges() -> None:
    (line,) = layers_of(curve.spec(), "line")
    assert line["encoding"]["x"]["scale"] == {"type": "log", "nice": False, "domainMin": 1}


def test_baselines_differ_from_the_trace_in_colour_and_dash() -> None:
    (line,) = layers_of(curve.spec(baselines=("random", "complement")), "line")
    labels = [TRACE, BASELINE_NAMES["random"], BASELINE_NAMES["complement"]]
    colour, dash = line["encoding"]["color"], line["encoding"]["strokeDash"]
    assert colour["scale"]["domain"] == dash["scale"]["domain"] == labels
    assert colour["scale"]["range"] == [SUBGRAPH, BASELINE_COLOURS["random"], BASELINE_COLOURS["complement"]]
    patterns = [tuple(pattern) for pattern in dash["scale"]["range"]]
    assert len(set(patterns)) == 3 and patterns[0] == (1, 0), "the trace is solid"
    assert colour["legend"] == dash["legend"], "one legend shows both"


def test_a_curve_without_baselines_needs_no_legend() -> None:
    (line,) = layers_of(curve.spec(), "line")
    assert line["encoding"]["color"]["legend"] is None
    assert curve.spec()["height"] < curve.spec(baselines=("random",))["height"]


def test_kl_is_linear_near_zero_and_logarithmic_above() -> None:
    (line,) = layers_of(curve.spec(measure="kl", top=10), "line")
    y = line["encoding"]["y"]
    assert (y["scale"]["type"], y["scale"]["constant"], y["scale"]["domain"]) == ("symlog", 0.1, [0, 10])
    assert y["axis"]["values"] == [0, 0.1, 0.3, 1, 3, 10]


def test_the_alt_text_has_the_numbers_of_the_curve() -> None:
    result = with_made_up_baselines(made_up_trace(3, 4, [" a", " b", " c"]))
    tv = result.curve["tv"].iloc[result.row(3)]
    words = curve.draw(result, 3).alt
    assert f"the trace {tv:.3f}, random growth 0.900, backbone first 0.800, without the trace's edges 0.100." in words
