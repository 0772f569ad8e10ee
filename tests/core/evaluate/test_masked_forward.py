import numpy as np
import pytest
import torch

from strace_core.evaluate import masked_forward
from strace_core.evaluate.masked_forward import batch_size, block_ranks, subgraph_logits
from strace_core.graph.layout import EdgeLayout
from strace_core.model.loaded import LoadedModel
from strace_core.trace.growth import grow_best_first
from strace_core.trace.trace import Trace
from tests.core import reference
from tests.core.tiny_models import TELLING, plain_logits, tiny_model

TOKENS = (7, 3, 41, 3, 19)


@pytest.fixture(scope="module", params=TELLING)
def model(request: pytest.FixtureRequest) -> LoadedModel:
    return tiny_model(request.param)


@pytest.fixture(scope="module")
def layout(model: LoadedModel) -> EdgeLayout:
    return EdgeLayout(model.spec.n_layers, model.spec.n_heads, len(TOKENS), model.spec.parallel)


@pytest.fixture(scope="module")
def trace(layout: EdgeLayout) -> Trace:
    scores = np.random.default_rng(1).random(layout.n_edges, dtype=np.float32)
    return Trace(layout, grow_best_first(layout, scores))


def logits_of(model: LoadedModel, trace: Trace, sizes: list[int]) -> np.ndarray:
    return np.concatenate([logits for _, logits in subgraph_logits(model, TOKENS, trace, np.array(sizes))])


def test_empty_graph_gives_the_logits_of_a_zero_state(model: LoadedModel, trace: Trace) -> None:
    with torch.no_grad():
        hook = model.final_norm.register_forward_pre_hook(lambda module, args: (torch.zeros_like(args[0]),))
        expected = plain_logits(model, TOKENS)
        hook.remove()
    np.testing.assert_allclose(logits_of(model, trace, [0])[0], expected, atol=1e-5)


def test_dropping_a_single_attention_edge_equals_the_loops(model: LoadedModel, layout: EdgeLayout) -> None:
    edge = int(layout.block(1).attention[1, 3, 2])
    last = Trace(layout, np.append(np.delete(np.arange(layout.n_edges), edge), edge))
    found = logits_of(model, last, [layout.n_edges - 1])[0]
    edges = reference.edges_of(model, len(TOKENS))
    expected = reference.run(model, TOKENS, {*edges} - {edges[edge]}).logits
    np.testing.assert_allclose(found, expected, atol=5e-5)
    assert np.abs(found - plain_logits(model, TOKENS).numpy()).max() > 1e-5


def test_batches_are_yielded_in_order(model: LoadedModel, trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = [0, 3, 40, 120, trace.layout.n_edges]
    monkeypatch.setattr(masked_forward, "MAX_BATCH_TOKENS", 2 * len(TOKENS))
    batches = list(subgraph_logits(model, TOKENS, trace, np.array(sizes)))
    assert [rows for rows, _ in batches] == [slice(0, 2), slice(2, 4), slice(4, 5)]


def test_batch_size_is_bounded_by_tokens_and_by_pattern() -> None:
    assert batch_size(n_heads=8, n_tokens=16) == masked_forward.MAX_BATCH_TOKENS // 16
    assert batch_size(n_heads=32, n_tokens=1024) == 1
    assert batch_size(n_heads=64, n_tokens=8192) == 1


def test_ranks_of_a_block_are_those_of_its_edges(trace: Trace) -> None:
    layout = trace.layout
    for layer in range(layout.n_layers):
        edges, ranks = layout.block(layer), block_ranks([trace], layer, torch.device("cpu"))
        for ids, found in (
            (edges.residual_attn, ranks.residual_attn),
            (edges.attention, ranks.attention),
            (edges.residual_mlp, ranks.residual_mlp),
            (edges.mlp, ranks.mlp),
        ):
            expected = [trace.rank[edge] if edge >= 0 else layout.n_edges for edge in ids.ravel()]
            assert found.flatten().tolist() == expected
