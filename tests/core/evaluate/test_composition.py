import pytest

from strace_core import SettingError, TraceResult, trace_prompt
from tests.core.tiny_models import tiny_model

TOKENS = (7, 3, 41, 3)
PARTS = {"kind": ["kind"], "block": ["layer"], "component": ["kind", "layer", "head"]}


@pytest.fixture(scope="module", params=["llama", "gpt_neox"])
def result(request: pytest.FixtureRequest) -> TraceResult:
    return trace_prompt(tiny_model(request.param), TOKENS, sizes=[0, 1, 10, 60, 1.0])


@pytest.mark.parametrize("by", PARTS)
def test_composition_counts_what_the_edges_table_holds(result: TraceResult, by: str) -> None:
    available = result.edges.groupby(PARTS[by], observed=True).size()
    found = result.composition(by)
    assert found["n_edges"].unique().tolist() == result.curve["n_edges"].tolist()
    assert len(found) == len(available) * len(result.curve)
    for row in found.itertuples():
        part = tuple(getattr(row, name) for name in PARTS[by])
        key = part if len(part) > 1 else part[0]
        kept = result.edges[result.edges["rank"] < row.n_edges].groupby(PARTS[by], observed=True).size()
        assert row.n_kept == kept.get(key, 0)
        assert row.n_available == available[key]


def test_every_edge_is_in_one_part(result: TraceResult) -> None:
    for by in PARTS:
        totals = result.composition(by).groupby("n_edges")["n_kept"].sum()
        assert totals.tolist() == result.curve["n_edges"].tolist()


def test_an_unknown_part_is_refused(result: TraceResult) -> None:
    with pytest.raises(SettingError, match="no composition by 'token'; choose one of kind, block, component"):
        result.composition("token")
