"""Running only the rows a subgraph needs gives what running all of them gives, on every architecture."""

import numpy as np
import pytest
import torch

from strace_core.evaluate.masked_forward import subgraph_logits
from strace_core.graph.layout import EdgeLayout
from strace_core.model import row_sparse
from strace_core.model.adapters import BlockParts
from strace_core.model.loaded import LoadedModel
from strace_core.model.masks.protocol import TokenEdges
from strace_core.model.packing import StateRows, numbered, pack
from strace_core.trace.growth import grow_best_first
from strace_core.trace.trace import Trace
from tests.core.tiny_models import CONFIGS, tiny_model

TOKENS = (7, 3, 41, 3, 19, 2)


@pytest.fixture(scope="module", params=sorted(CONFIGS))
def model(request: pytest.FixtureRequest) -> LoadedModel:
    return tiny_model(request.param)


def layout_of(model: LoadedModel) -> EdgeLayout:
    return EdgeLayout(model.spec.n_layers, model.spec.n_heads, len(TOKENS), model.spec.parallel)


def orders(layout: EdgeLayout) -> list[np.ndarray]:
    """Two that grow from the output, and one that scatters edges anywhere, paths or not."""
    rng = np.random.default_rng(5)
    grown = [grow_best_first(layout, rng.random(layout.n_edges, dtype=np.float32)) for _ in range(2)]
    return [*grown, rng.permutation(layout.n_edges)]


def logits_of(model: LoadedModel, trace: Trace, sizes: np.ndarray, *, every_row: bool) -> np.ndarray:
    return np.concatenate([part for _, part in subgraph_logits(model, TOKENS, trace, sizes, every_row=every_row)])


@pytest.mark.parametrize("number", range(3))
def test_every_size_equals_the_run_of_all_rows(model: LoadedModel, number: int) -> None:
    layout = layout_of(model)
    trace = Trace(layout, orders(layout)[number])
    sizes = np.unique(np.append(0, np.geomspace(1, layout.n_edges, 14).astype(np.int64)))
    sparse, whole = (logits_of(model, trace, sizes, every_row=every_row) for every_row in (False, True))
    np.testing.assert_allclose(sparse, whole, atol=3e-5 * max(1.0, float(np.abs(whole).max())))


def test_few_rows_are_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """At a tenth of the edges the MLPs read as many rows as MLP edges are kept, and no more."""
    model = tiny_model("llama")
    layout = layout_of(model)
    trace = Trace(layout, orders(layout)[0])
    size = layout.n_edges // 10
    seen: list[int] = []

    def counted(parts: BlockParts, resid_mid: StateRows, edges: TokenEdges):
        rows = plain(parts, resid_mid, edges)
        seen.append(len(rows))
        return rows

    plain = row_sparse._mlp_rows
    monkeypatch.setattr(row_sparse, "_mlp_rows", counted)
    logits_of(model, trace, np.array([size]), every_row=False)
    n_mlp_edges = int((trace.mask(size) & (layout.kind == 3)).sum())
    assert sum(seen) == n_mlp_edges < layout.n_layers * len(TOKENS)


def test_numbered_counts_the_true_places() -> None:
    where = torch.tensor([[True, False], [True, True]])
    assert numbered(where, start=5).tolist() == [[5, 0], [6, 7]]


def test_pack_by_hand() -> None:
    """Two subgraphs of three tokens; the first has states at tokens 0 and 2, the second none and does not attend."""
    vectors = torch.tensor([[0.0, 0.0], [1.0, 2.0], [3.0, 4.0]])
    states = StateRows(vectors, torch.tensor([[1, 0, 2], [0, 0, 0]]))
    packing, rows = pack(states, torch.tensor([[False, False, True], [False, False, False]]))
    assert packing.subgraphs.tolist() == [0]
    assert packing.targets.tolist() == [2]
    assert rows.tolist() == [[0, 0], [1, 2], [3, 4]]  # token 1, which is zero, then the states
    assert packing.token.tolist() == [1, 0, 2]
    assert packing.row.tolist() == [[1, 0, 2]]
    assert packing.written.tolist() == [2]


def test_shared_states_are_read_once_a_token_and_once_a_query() -> None:
    states = StateRows.shared(torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]), torch.zeros(3, dtype=torch.long))
    packing, rows = pack(states, torch.tensor([[False, True], [True, False], [False, False]]))
    assert packing.subgraphs.tolist() == [0, 1]
    assert rows.tolist() == [[1, 2], [3, 4], [1, 2]]  # token 0 for all, then the two queries
    assert packing.token.tolist() == [0, 1, 0]
    assert packing.row[0].tolist() == [0, 1]
    assert int(packing.row[1, 0]) == 2


def test_states_kept_and_added() -> None:
    states = StateRows(torch.tensor([[0.0], [1.0], [2.0]]), torch.tensor([[1, 2, 0]]))
    kept = torch.tensor([[True, False, True]])
    added = torch.tensor([[True, False, True]]), torch.tensor([[10.0], [20.0]])
    result = states.kept_and_added(TokenEdges(kept), added)
    assert result.at(torch.ones(1, 3, dtype=torch.bool)).flatten().tolist() == [11, 0, 20]
    assert result.vectors[0].item() == 0
    assert states.vectors.flatten().tolist() == [0, 1, 2]
