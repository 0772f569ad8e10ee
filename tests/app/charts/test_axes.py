import numpy as np
import pytest

from strace_core import TraceResult
from strace_explorer.charts.axes import axis_top, round_end
from tests.app.traces import made_up_trace, with_made_up_baselines


@pytest.fixture(scope="module")
def result() -> TraceResult:
    return with_made_up_baselines(made_up_trace(3, 4, [" a", " b", " c", " d", " e"]))


def test_axis_top_holds_every_finite_value(result: TraceResult) -> None:
    assert axis_top(result, "tv") == 1
    assert axis_top(result, "kl") == 10, "infinite values do not count, 9 does"
    assert axis_top(made_up_trace(3, 4, [" a", " b"]), "entropy") >= np.log(12) - 1


def test_an_axis_of_shares_ends_at_the_next_round_number() -> None:
    ends = {0.0: 1.0, 1.0: 1.0, 0.51: 1.0, 0.5: 0.5, 0.21: 0.5, 0.2: 0.2, 0.1: 0.1, 0.013: 0.02, 3e-6: 5e-6}
    assert {largest: round_end(largest) for largest in ends} == pytest.approx(ends)
