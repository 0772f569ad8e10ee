import numpy as np
import pytest
import torch

from strace_core.errors import NumericalError
from strace_core.graph.contributions import edge_norms
from strace_core.graph.layout import EdgeLayout
from strace_core.graph.scores import SCORE_RULES
from strace_core.model.architectures import ADAPTERS
from strace_core.model.capture import capture
from strace_core.model.loading import LoadedModel
from tests.core import reference
from tests.core.reference import Edge
from tests.core.tiny_models import tiny_model

TOKENS = (7, 3, 41, 3, 19)


@pytest.fixture(scope="module", params=sorted(ADAPTERS))
def model(request: pytest.FixtureRequest) -> LoadedModel:
    return tiny_model(request.param)


def layout_of(model: LoadedModel) -> EdgeLayout:
    return EdgeLayout(model.spec.n_layers, model.spec.n_heads, len(TOKENS))


def reference_norms(model: LoadedModel, order: int) -> tuple[list[Edge], np.ndarray]:
    """|vector| of every edge; what enters the output's depth passes the final norm's linear part by hand."""
    edges = reference.all_edges(model.spec.n_layers, model.spec.n_heads, len(TOKENS))
    run = reference.run(model, TOKENS, set(edges))
    norms = []
    for edge in edges:
        vector = run.vectors[edge]
        if edge.enters[0] == 2 * model.spec.n_layers:
            if model.spec.architecture == "gpt2":
                vector = vector - vector.mean()
            vector = vector * model.final_norm.weight
        norms.append(torch.linalg.vector_norm(vector, ord=order).item())
    return edges, np.array(norms)


@pytest.mark.parametrize(("rule", "order"), [("l1", 1), ("l2", 2)])
def test_shares_equal_those_of_explicit_vectors(model: LoadedModel, rule: str, order: int) -> None:
    edges, norms = reference_norms(model, order)
    totals: dict[tuple[int, int], float] = {}
    for edge, norm in zip(edges, norms, strict=True):
        totals[edge.enters] = totals.get(edge.enters, 0.0) + norm
    expected = [norm / totals[edge.enters] for edge, norm in zip(edges, norms, strict=True)]
    scores = SCORE_RULES[rule](model, capture(model, TOKENS), layout_of(model))
    np.testing.assert_allclose(scores, expected, atol=2e-6)


def test_norms_before_the_output_depth_are_those_of_the_raw_vectors(model: LoadedModel) -> None:
    edges, norms = reference_norms(model, 1)
    found = edge_norms(model, capture(model, TOKENS), layout_of(model), order=1)
    inside = np.array([edge.enters[0] < 2 * model.spec.n_layers for edge in edges])
    np.testing.assert_allclose(found[inside], norms[inside], rtol=1e-4, atol=1e-5)


def test_parts_add_up_to_the_stream_at_every_node(model: LoadedModel) -> None:
    edges = reference.all_edges(model.spec.n_layers, model.spec.n_heads, len(TOKENS))
    run = reference.run(model, TOKENS, set(edges))
    blocks = capture(model, TOKENS).blocks
    for (depth, token), vector in run.nodes.items():
        if depth == 0:
            state = blocks[0].resid_pre[token]
        elif depth < 2 * model.spec.n_layers - 1 or token == len(TOKENS) - 1:
            states = blocks[(depth - 1) // 2]
            state = (states.resid_mid if depth % 2 else states.resid_post)[token]
        else:
            continue  # the last block is traced at the last position only
        torch.testing.assert_close(state, vector, atol=1e-5, rtol=1e-5)


def test_a_weight_that_is_not_finite_is_found_and_its_block_named() -> None:
    model = tiny_model("llama")
    with torch.no_grad():
        model.blocks[1].block.mlp.down_proj.weight[0, 0] = torch.inf
    with pytest.raises(NumericalError, match="block 1 of 'tiny-llama'"):
        capture(model, TOKENS)
