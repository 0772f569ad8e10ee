import pandas as pd

from strace_core.study import Study, component_use
from strace_explorer.charts.findings import use
from strace_explorer.charts.findings.parts import of_model
from tests.core.studies import make_study


def test_the_mlp_stands_after_the_heads(study: Study) -> None:
    rows = use.use_rows(of_model(component_use(study), "a"))
    assert rows["place"].tolist() == ["0", "1", "MLP"] and rows["order"].is_monotonic_increasing
    assert rows["said"].tolist() == ["L0H0", "L0H1", "L0 MLP"]


def test_words_name_the_most_used_first() -> None:
    table = pd.DataFrame(
        {"model": "m", "layer": [0, 0, 1, 1], "head": [0, -1, 0, -1], "kind": ["head", "mlp"] * 2,
         "share": [0.1, 0.9, 0.5, 0.2]}
    )  # fmt: skip
    assert use.draw(table, "m").alt == "m. Most used: L0 MLP 90%; L1H0 50%; L1 MLP 20%; L0H0 10%."


def test_a_study_without_traces_has_no_cells() -> None:
    drawing = use.draw(component_use(make_study({"error": ["no"] * 3})), "m")
    assert isinstance(drawing.rows, pd.DataFrame) and drawing.alt == "m. Most used: nothing."
