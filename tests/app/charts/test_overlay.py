import pytest

from strace_core import TraceResult
from strace_explorer.charts import overlay
from strace_explorer.wording.comparison import linked
from tests.app.traces import made_up_trace


@pytest.fixture(scope="module")
def a() -> TraceResult:
    return made_up_trace(3, 4, [" a", " b", " c"])


@pytest.fixture(scope="module")
def b() -> TraceResult:
    return made_up_trace(3, 4, [" a", " b", " c", " d", " e", " f"], seed=1)


def test_overlay_has_both_curves_on_relative_size(a: TraceResult, b: TraceResult) -> None:
    pair = linked(a, b, 20)
    frame = overlay.frame(pair)
    for name, result, size in pair.sides:
        rows = frame[frame["run"] == name]
        assert rows["value"].tolist() == result.curve["tv"].iloc[1:].tolist()
        assert rows["fraction"].tolist() == pytest.approx((rows["n_edges"] / result.n_edges).tolist())
        assert rows.loc[rows["current"], "n_edges"].tolist() in ([size], [])
    assert overlay.least_fraction(pair) == 1 / b.n_edges
