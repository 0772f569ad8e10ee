import pandas as pd
import pytest

from strace_core.study import Study, share_by_kind
from strace_explorer.charts.findings import composition
from strace_explorer.charts.findings.parts import of_model


def test_the_rows_are_the_shares_of_the_analysis(study: Study) -> None:
    table = of_model(share_by_kind(study), "a")
    rows = composition.composition_rows(table, "kind", "share")
    assert rows["y"].tolist() == pytest.approx(table["share"].tolist(), nan_ok=True)
    assert set(rows["part"]) == {"curve"} and set(rows["line"]) >= {"attention", "MLP"}


def test_lift_has_a_reference_where_it_is_proportional(study: Study) -> None:
    lift = composition.composition_rows(of_model(share_by_kind(study), "a"), "kind", "lift")
    (reference,) = lift[lift["part"] == "reference"].to_dict("records")
    assert (reference["y"], reference["label"]) == (1.0, "proportional")


def test_lines_of_depths_are_quarters_in_order() -> None:
    table = pd.DataFrame({"model": "m", "depth": [4, 1, 3], "x": 0.1, "share": 0.2, "low": 0.1, "high": 0.3})
    drawing = composition.draw(table, "m", "depth", "share")
    domain = drawing.spec["layer"][0]["encoding"]["color"]["scale"]["domain"]
    assert domain == ["first quarter", "third quarter", "last quarter"]
