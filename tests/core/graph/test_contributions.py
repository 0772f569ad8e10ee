import numpy as np
import pytest
import torch
from transformers.pytorch_utils import Conv1D

from strace_core.errors import NumericalError
from strace_core.graph.contributions import block_vectors, measure_edges
from strace_core.graph.layout import EdgeLayout
from strace_core.graph.measures import norm_measure
from strace_core.model.capture import capture
from strace_core.model.loaded import LoadedModel
from tests.core import reference
from tests.core.tiny_models import CONFIGS, tiny_model

TOKENS = (7, 3, 41, 3, 19)


@pytest.fixture(scope="module", params=sorted(CONFIGS))
def model(request: pytest.FixtureRequest) -> LoadedModel:
    return tiny_model(request.param)


def layout_of(model: LoadedModel) -> EdgeLayout:
    return EdgeLayout(model.spec.n_layers, model.spec.n_heads, len(TOKENS), model.spec.parallel)


def test_norms_before_the_output_depth_are_those_of_the_explicit_vectors(model: LoadedModel) -> None:
    edges = reference.edges_of(model, len(TOKENS))
    vectors = reference.run(model, TOKENS, set(edges)).vectors
    expected = np.array([vectors[edge].abs().sum().item() for edge in edges])
    found = measure_edges(model, capture(model, TOKENS), layout_of(model), norm_measure(1))
    output_depth = max(edge.enters[0] for edge in edges)
    inside = np.array([edge.enters[0] < output_depth for edge in edges])
    np.testing.assert_allclose(found[inside], expected[inside], rtol=2e-4, atol=1e-5)


@torch.no_grad()
def test_vectors_of_a_nodes_edges_add_up_to_its_state(model: LoadedModel) -> None:
    """With the output projection's bias, through whatever norms there are; at every node that reaches the output."""
    activations = capture(model, TOKENS)
    for layer, parts in enumerate(model.blocks):
        vectors = block_vectors(model, activations, layer)
        attention = sum(scalars @ projected for scalars, projected in vectors.heads())
        bias = getattr(parts.attention_output, "bias", None)
        if bias is not None:
            # A bias goes the way of an attention edge with the scalar that a pattern of 1 would have.
            own_scale = vectors.scalars[0].sum(-1) / activations.blocks[layer].pattern[0].sum(-1)[-len(attention) :]
            attention = attention + own_scale[:, None] * vectors.head_map(bias[None])
        if model.spec.parallel:
            total = vectors.residual_attn + attention + vectors.mlp
            torch.testing.assert_close(total, vectors.mlp_node, atol=2e-5, rtol=2e-4)
        else:
            torch.testing.assert_close(vectors.residual_attn + attention, vectors.attn_node, atol=2e-5, rtol=2e-4)
            torch.testing.assert_close(vectors.residual_mlp + vectors.mlp, vectors.mlp_node, atol=2e-5, rtol=2e-4)


def test_the_output_depth_is_seen_through_the_final_norm(model: LoadedModel) -> None:
    """Scaled to the output's size, the node's vector is what the final norm gives, its bias apart."""
    activations = capture(model, TOKENS)
    node = block_vectors(model, activations, model.spec.n_layers - 1).mlp_node[0]
    state = activations.blocks[-1].resid_post[-1:]
    with torch.no_grad():
        expected = (model.final_norm(state[None]) - model.final_norm(torch.zeros_like(state[None])))[0, 0]
    np.testing.assert_allclose(node / node.norm(), expected / expected.norm(), atol=2e-5)


def test_an_output_projection_of_gpt2_is_transposed() -> None:
    assert isinstance(tiny_model("gpt2").blocks[0].attention_output, Conv1D)


def test_a_weight_that_is_not_finite_is_found_and_its_block_named() -> None:
    model = tiny_model("llama")
    with torch.no_grad():
        model.blocks[1].block.mlp.down_proj.weight[0, 0] = torch.inf
    with pytest.raises(NumericalError, match="block 1 of 'tiny-llama'"):
        capture(model, TOKENS)


def test_a_head_whose_vectors_overflow_is_found_and_its_block_named() -> None:
    """The stream is finite where what a head adds is not: another head takes it away again."""
    model = tiny_model("llama")
    activations = capture(model, TOKENS)
    with torch.no_grad():
        model.blocks[2].attention_output.weight[:, :8] = 3e38
    with pytest.raises(NumericalError, match="block 2 of 'tiny-llama'"):
        measure_edges(model, activations, layout_of(model), norm_measure(1))
