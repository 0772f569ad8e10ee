import numpy as np
import pytest

from strace_core import TraceResult
from strace_explorer.charts import prediction
from strace_explorer.charts.paired_bars import rank_change
from tests.app.traces import made_up_trace


@pytest.fixture(scope="module")
def result() -> TraceResult:
    return made_up_trace(3, 4, [" a", " b", " c", " d", " e"])


def test_the_frame_compares_the_same_tokens_on_both_sides(result: TraceResult) -> None:
    size = int(result.curve["n_edges"].iloc[3])
    frame = prediction.frame(result, size)
    full, subgraph = (frame[frame["side"] == side] for side in ("full model", "subgraph"))
    assert full["token"].tolist() == subgraph["token"].tolist()
    assert prediction.TOP_OF_FULL <= len(full) <= prediction.TOP_OF_FULL + prediction.TOP_OF_SUBGRAPH
    assert full["value"].is_monotonic_decreasing
    assert full["value"].iloc[0] == pytest.approx(result.probabilities().max())
    assert subgraph["value"].max() == pytest.approx(result.probabilities(size).max())
    assert full["longest"].tolist() == np.maximum(full["value"], subgraph["value"].to_numpy()).tolist()


def test_the_frame_tells_how_ranks_change(result: TraceResult) -> None:
    size = int(result.curve["n_edges"].iloc[3])
    frame = prediction.frame(result, size).query("side == 'subgraph'")
    before, after = (np.argsort(-result.probabilities(n), kind="stable").tolist() for n in (None, size))
    texts = [f"·{text.strip()}" for text in result.token_texts.values()]
    for row in frame.itertuples():
        ranks = [order.index(texts.index(row.token)) + 1 for order in (before, after)]
        assert row.change == rank_change(*ranks)
        assert row.explained == f"rank {ranks[0]} in the full model, {ranks[1]} in the subgraph"
    assert {"▲", "▼"} <= {change[0] for change in frame["change"]}, "some rise and some fall"


def test_tokens_that_look_alike_carry_their_ids() -> None:
    result = made_up_trace(2, 2, [" a", " b"])
    alike = dict.fromkeys(result.token_texts, "same")
    doubled = TraceResult(**vars(result) | {"token_texts": alike})
    labels = prediction.frame(doubled, 1)["token"]
    assert labels.nunique() == len(labels) / 2
    assert labels.str.startswith("same #").all()


def test_highest_probability_holds_for_every_size(result: TraceResult) -> None:
    highest = prediction.highest_probability(result)
    sizes = result.curve["n_edges"]
    assert highest == pytest.approx(max(result.probabilities().max(), *[result.probabilities(n).max() for n in sizes]))
    assert np.isfinite(highest) and 0 < highest <= 1


def test_the_alt_text_has_the_tokens_of_both_sides(result: TraceResult) -> None:
    words = prediction.draw(result, 3).alt
    for tops in (result.top_tokens(k=3), result.top_tokens(3, k=3)):
        assert all(f"{row.text.strip()} {row.probability:.2f}" in words for row in tops.itertuples())
