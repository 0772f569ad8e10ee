from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strace_explorer.charts.curve_frames import LANES, PHASES, TRACE, curve_frame, mark_rows, phase_rows, trend_frame
from strace_explorer.charts.marks import Mark
from strace_explorer.charts.measures import MEASURES, axis_top, full_entropy, round_end

from strace_core import TraceResult
from tests.app.traces import made_up_trace, with_made_up_baselines


@pytest.fixture(scope="module")
def result() -> TraceResult:
    return with_made_up_baselines(made_up_trace(3, 4, [" a", " b", " c", " d", " e"]))


def part(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    return frame[frame["part"] == name]


def test_curve_frame_marks_the_current_size_of_the_trace_alone(result: TraceResult) -> None:
    size = int(result.curve["n_edges"].iloc[10])
    frame = curve_frame(result, size)
    current = frame[frame["current"]]
    assert (current["n_edges"].tolist(), current["line"].tolist()) == ([size], [TRACE])
    assert not curve_frame(result, 0)["current"].any()


def test_every_line_has_every_size_from_one_edge_up(result: TraceResult) -> None:
    sizes = result.curve["n_edges"].tolist()[1:]
    lines = part(curve_frame(result, 5), "curve").groupby("line")["n_edges"].apply(list)
    assert lines.to_dict() == dict.fromkeys(
        [TRACE, "random growth", "backbone first", "without the trace's edges"], sizes
    )


def test_values_are_those_of_the_tables_and_end_at_the_top(result: TraceResult) -> None:
    curve = part(curve_frame(result, 5, "kl", top=3.0), "curve").set_index("line")
    assert curve.loc[TRACE, "value"].tolist() == pytest.approx(result.curve["kl"].iloc[1:].clip(upper=3).tolist())
    assert set(curve.loc["backbone first", "value"]) == {3.0}
    assert set(curve.loc["backbone first", "written"]) == {"infinite"}
    assert set(curve.loc["without the trace's edges", "value"]) == {1.0}


def test_the_trace_s_rows_tell_of_the_baselines_beside_it(result: TraceResult) -> None:
    trace = part(curve_frame(result, 5), "curve").query("line == @TRACE")
    assert set(trace["random"]) == {"0.900"} and set(trace["complement"]) == {"0.100"}


def test_trend_frame_has_the_full_model_s_entropy(result: TraceResult) -> None:
    frame = trend_frame(result, 5, "entropy", top=3.0)
    full = full_entropy(result)
    assert part(frame, "reference")["value"].tolist() == [full]
    assert part(frame, "reference")["label"].tolist() == [f"full model {full:.2f} nats"]
    assert result.curve["entropy"].iloc[-1] == pytest.approx(full), "all edges are the full model"
    assert part(trend_frame(result, 5, "shared_nucleus", top=100.0), "reference").empty


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


def test_marks_far_apart_stand_in_one_lane() -> None:
    rows = pd.DataFrame(mark_rows([Mark(2, "two", "connected"), Mark(900, "many", "backbone")], 1_000))
    assert rows["label"].tolist() == ["connected", "backbone"]
    assert rows["lane"].tolist() == [0, 0]
    assert rows["side"].tolist() == ["left", "right"], "the last one would run out of the chart"


def test_marks_close_together_take_two_lanes() -> None:
    rows = pd.DataFrame(mark_rows([Mark(10, "", "connected"), Mark(12, "", "same top token")], 10_000))
    assert rows["lane"].tolist() == [0, 1] and (rows["label"] != "").all()


def test_a_mark_without_room_keeps_its_rule_and_loses_its_words() -> None:
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


def test_axis_top_holds_every_finite_value(result: TraceResult) -> None:
    assert axis_top(result) == 1
    assert axis_top(result, "kl") == 10, "infinite values do not count, 9 does"
    assert axis_top(made_up_trace(3, 4, [" a", " b"]), "entropy") >= np.log(12) - 1
    larger = with_made_up_baselines(result)
    assert axis_top(made_up_trace(2, 2, [" a"]), "kl", larger) == 10


def test_values_are_written_with_their_units() -> None:
    assert MEASURES["tv"].written(0.12345) == "0.123"
    assert MEASURES["kl"].written(np.inf) == "infinite"
    assert MEASURES["kl"].written(1234.5) == "1,234.500 nats"
    assert MEASURES["shared_nucleus"].written(90) == "90 %"
    assert MEASURES["tv"].written(np.nan) == "unknown"


def test_an_axis_of_shares_ends_at_the_next_round_number() -> None:
    ends = {0.0: 1.0, 1.0: 1.0, 0.51: 1.0, 0.5: 0.5, 0.21: 0.5, 0.2: 0.2, 0.1: 0.1, 0.013: 0.02, 3e-6: 5e-6}
    assert {largest: round_end(largest) for largest in ends} == pytest.approx(ends)
