import pandas as pd

from strace_explorer.charts.findings import recovery

SIZES = pd.DataFrame(
    {
        "model": ["m", "m", "m:untrained"],
        "criterion": ["tv <= 0.1", "top1_match", "tv <= 0.1"],
        "fraction": [0.02, 0.0, 0.5],
        "low": [0.0005, 0.0, 0.4],
        "high": [0.03, 0.0, 0.6],
        "n_edges": [1234.0, 0.0, 9.0],
    }
)


def test_a_criterion_met_without_edges_is_not_drawn() -> None:
    rows = recovery.recovery_rows(SIZES, "m", "m:untrained")
    assert rows[["row", "series", "value"]].to_numpy().tolist() == [
        ["TV ≤ 0.1", "m", 0.02], ["TV ≤ 0.1", "m (untrained)", 0.5],
    ]  # fmt: skip
    assert rows["said"].iloc[0] == "2 % of the edges, 1,234 edges"


def test_the_axis_starts_at_the_decade_of_the_smallest_interval() -> None:
    drawing = recovery.draw(SIZES, "m", "m:untrained")
    assert drawing.spec["layer"][1]["encoding"]["x"]["scale"]["domain"] == [1e-4, 1]
    assert "same top token 0 %" in drawing.alt, "the words have what the picture leaves out"
