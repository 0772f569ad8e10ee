import pandas as pd
import pytest

from strace_core import TraceResult
from strace_explorer.charts import trend
from strace_explorer.wording.measures import full_entropy
from tests.app.traces import made_up_trace, with_made_up_baselines


@pytest.fixture(scope="module")
def result() -> TraceResult:
    return with_made_up_baselines(made_up_trace(3, 4, [" a", " b", " c", " d", " e"]))


def part(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    return frame[frame["part"] == name]


def test_the_frame_has_the_entropy_of_the_full_model(result: TraceResult) -> None:
    frame = trend.frame(result, 5, "entropy", top=3.0)
    full = full_entropy(result)
    assert part(frame, "reference")["value"].tolist() == [full]
    assert part(frame, "reference")["label"].tolist() == [f"full model {full:.2f} nats"]
    assert result.curve["entropy"].iloc[-1] == pytest.approx(full), "all edges are the full model"
    assert part(trend.frame(result, 5, "shared_nucleus", top=100.0), "reference").empty
