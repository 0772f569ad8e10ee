import pytest

from strace_core import KINDS, TraceResult
from strace_explorer.charts import kinds
from strace_explorer.wording.names import PART_OF_KIND, parts_of
from tests.app.traces import made_up_trace

TOKENS = [" a", " b", " c", " d", " e"]


@pytest.fixture(scope="module", params=[False, True], ids=["sequential", "parallel"])
def result(request: pytest.FixtureRequest) -> TraceResult:
    return made_up_trace(3, 4, TOKENS, parallel=request.param)


def test_counts_are_those_of_the_curve_with_residual_edges_as_one(result: TraceResult) -> None:
    frame = kinds.frame(result, 20)
    by_part = frame.pivot(index="n_edges", columns="part", values="n_kept")
    curve = result.curve.set_index("n_edges").loc[by_part.index]
    assert by_part["attention heads"].tolist() == curve["attention"].tolist()
    assert by_part["MLPs"].tolist() == curve["mlp"].tolist()
    residual = [kind for kind in curve if kind in KINDS and kind.startswith("residual")]
    assert by_part["residual connections"].tolist() == curve[residual].sum(axis=1).tolist()
    assert (frame.groupby("n_edges")["share"].sum() - 1).abs().max() < 1e-12
    assert frame.query("n_edges == @result.n_edges")["of_available"].tolist() == [1, 1, 1]
    assert frame.loc[frame["current"], "n_edges"].unique().tolist() in ([20], [])


def test_a_part_is_named_once_inside_its_band(result: TraceResult) -> None:
    frame = kinds.frame(result, 20)
    named = frame[frame["label"] != ""]
    assert len(named) == named["label"].nunique() and len(named) > 0
    parts = parts_of(result)
    for row in named.itertuples():
        at = frame[frame["n_edges"] == row.n_edges].set_index("part")["share"]
        below = sum(at[part] for part in parts[: parts.index(row.part)])
        assert below < row.middle < below + at[row.part]


def test_every_kind_belongs_to_a_part() -> None:
    assert set(PART_OF_KIND) == set(KINDS)


def test_the_stack_is_clicked_at_the_nearest_size(result: TraceResult) -> None:
    (nearest_size,) = kinds.spec(tuple(parts_of(result)))["params"]
    assert nearest_size["select"]["nearest"] is True
    assert nearest_size["select"]["fields"] == ["n_edges", "moment"]
