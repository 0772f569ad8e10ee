import pytest

from strace_core.study import Study, fall_by_stage
from strace_explorer.charts.findings import phases


def test_bars_are_of_the_orders_and_of_the_twin(study: Study) -> None:
    falls = fall_by_stage(study)
    rows = phases.stage_rows(falls, "structure", "a", "a:untrained")
    assert set(rows["series"]) == {"the trace", "random growth", "backbone first", phases.TWIN}
    assert rows.groupby("series")["value"].sum().to_numpy() == pytest.approx(1)
    assert phases.TWIN not in set(phases.stage_rows(falls, "paper", "b", "b:untrained")["series"])


@pytest.mark.parametrize(
    ("by", "stages"),
    [
        ("paper", ["below 0.01 %", "construction", "refinement"]),
        ("structure", ["below one path", "path to backbone", "beyond backbone"]),
        ("connection", ["before connected", "connected to backbone", "beyond backbone"]),
    ],
)
def test_stages_stand_in_the_order_in_which_they_come(study: Study, by: str, stages: list[str]) -> None:
    rows = phases.stage_rows(fall_by_stage(study), by, "a", "a:untrained")
    assert rows.sort_values("place", kind="stable")["row"].drop_duplicates().tolist() == stages
