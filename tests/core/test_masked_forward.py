import numpy as np
import pytest
import torch

from strace_core.evaluate import masked_forward
from strace_core.evaluate.masked_forward import batch_size, subgraph_logits
from strace_core.graph.layout import ATTENTION, MLP, RESIDUAL_ATTN, RESIDUAL_MLP, EdgeLayout
from strace_core.graph.scores import SCORE_RULES
from strace_core.model.architectures import ADAPTERS
from strace_core.model.capture import capture
from strace_core.model.loading import LoadedModel
from strace_core.trace.growth import grow_best_first
from strace_core.trace.trace import Trace
from tests.core import reference
from tests.core.tiny_models import plain_logits, tiny_model

TOKENS = (7, 3, 41, 3, 19)


@pytest.fixture(scope="module", params=sorted(ADAPTERS))
def model(request: pytest.FixtureRequest) -> LoadedModel:
    return tiny_model(request.param)


@pytest.fixture(scope="module")
def trace(model: LoadedModel) -> Trace:
    layout = EdgeLayout(model.spec.n_layers, model.spec.n_heads, len(TOKENS))
    return Trace(layout, grow_best_first(layout, SCORE_RULES["l1"](model, capture(model, TOKENS), layout)))


def logits_of(model: LoadedModel, trace: Trace, sizes: list[int]) -> np.ndarray:
    batches = subgraph_logits(model, TOKENS, trace, np.array(sizes))
    return np.concatenate([logits for _, logits in batches])


def without(layout: EdgeLayout, kind: int) -> tuple[Trace, int]:
    """An order that takes the edges of one kind last, and the size just before them."""
    dropped = layout.kind == kind
    order = np.concatenate([np.flatnonzero(~dropped), np.flatnonzero(dropped)])
    return Trace(layout, order), int((~dropped).sum())


def kept_edges(model: LoadedModel, trace: Trace, size: int) -> set[reference.Edge]:
    edges = reference.all_edges(model.spec.n_layers, model.spec.n_heads, len(TOKENS))
    return {edges[edge] for edge in trace.order[:size]}


def test_full_graph_gives_the_plain_logits(model: LoadedModel, trace: Trace) -> None:
    np.testing.assert_allclose(
        logits_of(model, trace, [trace.layout.n_edges])[0], plain_logits(model, TOKENS), atol=1e-5
    )


def test_capture_gives_the_plain_logits(model: LoadedModel) -> None:
    np.testing.assert_allclose(capture(model, TOKENS).logits, plain_logits(model, TOKENS), atol=1e-5)


def test_empty_graph_gives_the_logits_of_a_zero_state(model: LoadedModel, trace: Trace) -> None:
    with torch.no_grad():
        zero = torch.zeros(1, 1, model.spec.d_model)
        expected = model.module.get_output_embeddings()(model.final_norm(zero))[0, 0]
    np.testing.assert_allclose(logits_of(model, trace, [0])[0], expected, atol=1e-6)


def test_every_size_equals_the_loops(model: LoadedModel, trace: Trace) -> None:
    sizes = [1, 2, 5, 11, 23, 47, 95, 150, trace.layout.n_edges - 1]
    for size, found in zip(sizes, logits_of(model, trace, sizes), strict=True):
        expected = reference.run(model, TOKENS, kept_edges(model, trace, size)).logits
        np.testing.assert_allclose(found, expected, atol=2e-5, err_msg=f"{size} edges")


@pytest.mark.parametrize("kind", [ATTENTION, MLP, RESIDUAL_ATTN, RESIDUAL_MLP])
def test_masking_one_kind_changes_the_logits_and_equals_the_loops(
    model: LoadedModel, trace: Trace, kind: int
) -> None:
    trace, size = without(trace.layout, kind)
    found = logits_of(model, trace, [size])[0]
    assert np.abs(found - plain_logits(model, TOKENS).numpy()).max() > 1e-2
    expected = reference.run(model, TOKENS, kept_edges(model, trace, size)).logits
    np.testing.assert_allclose(found, expected, atol=2e-5)


def test_dropping_a_single_attention_edge_equals_the_loops(model: LoadedModel, trace: Trace) -> None:
    layout = trace.layout
    edge = int(layout.block(1).attention[1, 3, 2])
    last = Trace(layout, np.append(np.delete(np.arange(layout.n_edges), edge), edge))
    found = logits_of(model, last, [layout.n_edges - 1])[0]
    expected = reference.run(model, TOKENS, kept_edges(model, last, layout.n_edges - 1)).logits
    np.testing.assert_allclose(found, expected, atol=2e-5)
    assert np.abs(found - plain_logits(model, TOKENS).numpy()).max() > 1e-5


def test_batched_equals_one_by_one(
    model: LoadedModel, trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = [0, 3, 40, 120, trace.layout.n_edges]
    together = logits_of(model, trace, sizes)
    monkeypatch.setattr(masked_forward, "MAX_BATCH_TOKENS", 1)
    one_by_one = list(subgraph_logits(model, TOKENS, trace, np.array(sizes)))
    assert [rows for rows, _ in one_by_one] == [slice(i, i + 1) for i in range(len(sizes))]
    np.testing.assert_allclose(together, np.concatenate([logits for _, logits in one_by_one]), atol=1e-5)


def test_batch_size_is_bounded_by_tokens_and_by_pattern() -> None:
    assert batch_size(n_heads=8, n_tokens=16) == masked_forward.MAX_BATCH_TOKENS // 16
    assert batch_size(n_heads=32, n_tokens=1024) == 1
    assert batch_size(n_heads=64, n_tokens=8192) == 1
