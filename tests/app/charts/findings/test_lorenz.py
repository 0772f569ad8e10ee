import pandas as pd

from strace_core.study import lorenz as lorenz_curves
from strace_explorer.charts.findings import lorenz
from tests.core.studies import make_study


def test_a_line_for_each_size_and_the_diagonal() -> None:
    table = pd.DataFrame(
        {"model": "m", "kind": "all", "x": [0.01] * 3, "population": [0.0, 0.5, 1.0], "use": [0.0, 0.2, 1.0]}
    )
    drawing = lorenz.draw(pd.concat([table, table.assign(kind="head"), table.assign(model="other")]), "m")
    lines = {name: list(zip(line["x"], line["y"], strict=True)) for name, line in drawing.rows.groupby("line")}
    assert lines == {"1 %": [(0.0, 0.0), (0.5, 0.2), (1.0, 1.0)], "equal use": [(0.0, 0.0), (1.0, 1.0)]}
    assert drawing.alt == "m. Lorenz curves: at 1 % of the edges the less-used half accounts for 20% of use."


def test_a_study_without_traces_has_no_curves() -> None:
    drawing = lorenz.draw(lorenz_curves(make_study({"error": ["no"] * 3})), "m")
    assert drawing.alt == "m. Lorenz curves: none."
