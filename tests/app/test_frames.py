import numpy as np
import pandas as pd
import pytest
from strace_explorer.charts import frames

from strace_core import TraceResult
from tests.app.traces import made_up_trace


@pytest.fixture(scope="module")
def result() -> TraceResult:
    return made_up_trace(3, 4, [" a", " b", " c", " d", " e"])


def curve(*rows: tuple[int, float, bool]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["n_edges", "tv", "top1_match"])


def test_rebuilt_size_needs_the_top_token_and_a_small_distance() -> None:
    found = curve((0, 0.05, True), (2, 0.05, False), (5, 0.2, True), (9, 0.1, True), (20, 0.0, True))
    assert frames.rebuilt_size(found) == 9


def test_rebuilt_size_of_a_curve_that_never_gets_there_is_its_largest() -> None:
    assert frames.rebuilt_size(curve((0, 1.0, False), (7, 0.9, True), (8, 0.05, False))) == 8


def test_first_size_leaves_out_the_empty_graph() -> None:
    found = curve((0, 0.5, True), (4, 0.5, True))
    assert frames.first_size(found, found["top1_match"]) == 4
    assert frames.first_size(found, found["tv"] < 0.1) is None


@pytest.mark.parametrize(("asked", "given"), [(0, 0), (-5, 0), (4, 3), (7, 9), (10**9, 20)])
def test_nearest_size(asked: int, given: int) -> None:
    assert frames.nearest_size(curve((0, 1, False), (3, 1, False), (9, 1, False), (20, 0, True)), asked) == given


def test_top_tokens_frame_compares_the_same_tokens_on_both_sides(result: TraceResult) -> None:
    size = int(result.curve["n_edges"].iloc[3])
    frame = frames.top_tokens_frame(result, size)
    full, subgraph = (frame[frame["side"] == side] for side in ("full model", "subgraph"))
    assert full["token"].tolist() == subgraph["token"].tolist()
    assert frames.TOP_OF_FULL <= len(full) <= frames.TOP_OF_FULL + frames.TOP_OF_SUBGRAPH
    assert full["value"].is_monotonic_decreasing
    assert full["value"].iloc[0] == pytest.approx(result.probabilities().max())
    assert subgraph["value"].max() == pytest.approx(result.probabilities(size).max())
    assert full["longest"].tolist() == np.maximum(full["value"], subgraph["value"].to_numpy()).tolist()


def test_top_tokens_frame_tells_how_ranks_change(result: TraceResult) -> None:
    size = int(result.curve["n_edges"].iloc[3])
    frame = frames.top_tokens_frame(result, size).query("side == 'subgraph'")
    before, after = (np.argsort(-result.probabilities(n), kind="stable").tolist() for n in (None, size))
    texts = [f"·{text.strip()}" for text in result.token_texts.values()]
    for row in frame.itertuples():
        ranks = [order.index(texts.index(row.token)) + 1 for order in (before, after)]
        assert row.change == frames.rank_change(*ranks)
        assert row.explained == f"rank {ranks[0]} in the full model, {ranks[1]} in the subgraph"
    assert {"▲", "▼"} <= {change[0] for change in frame["change"]}, "some rise and some fall"


@pytest.mark.parametrize(
    ("before", "after", "sign"),
    [(1, 1, "="), (5, 3, "▲2"), (20, 1, "▲19"), (21, 3, "new"), (2, 7, "▼5"), (1, 100, "▼99"), (1, 101, "▼100+")],
)
def test_rank_change(before: int, after: int, sign: str) -> None:
    assert frames.rank_change(before, after) == sign


def test_ranks_count_from_one_and_ties_go_by_id() -> None:
    p = np.array([0.2, 0.5, 0.2, 0.1])
    assert [frames.rank_of(p, token_id) for token_id in range(4)] == [2, 1, 3, 4]


def test_a_value_that_is_not_known_has_no_bar() -> None:
    rows = frames.paired_rows(
        ["x", "y"], {"A": np.array([0.5, np.nan]), "B": np.array([0.1, 0.3])}, change=["", ""], explained=["", ""]
    )
    assert rows["longest"].tolist() == [0.5, 0.3, 0.5, 0.3]
    assert rows.loc[(rows["side"] == "A") & (rows["token"] == "y"), "value"].isna().all()


def test_tokens_that_look_alike_carry_their_ids() -> None:
    result = made_up_trace(2, 2, [" a", " b"])
    alike = dict.fromkeys(result.token_texts, "same")
    doubled = TraceResult(**vars(result) | {"token_texts": alike})
    labels = frames.top_tokens_frame(doubled, 1)["token"]
    assert labels.nunique() == len(labels) / 2
    assert labels.str.startswith("same #").all()


def test_highest_probability_holds_for_every_size(result: TraceResult) -> None:
    highest = frames.highest_probability(result)
    sizes = result.curve["n_edges"]
    assert highest == pytest.approx(max(result.probabilities().max(), *[result.probabilities(n).max() for n in sizes]))
    assert np.isfinite(highest) and 0 < highest <= 1
