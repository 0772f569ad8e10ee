"""Every rule against loops over explicit vectors."""

import numpy as np
import pytest
import torch

from strace_core.graph import measures
from strace_core.graph.contributions import block_vectors
from strace_core.graph.layout import EdgeLayout
from strace_core.graph.scores import SCORE_RULES, share_among_siblings
from strace_core.model.capture import capture
from strace_core.model.loaded import LoadedModel
from tests.core import reference
from tests.core.reference import Edge
from tests.core.tiny_models import TELLING, tiny_model

TOKENS = (7, 3, 41, 3, 19)
SEED = 0


@pytest.fixture(scope="module", params=[*TELLING, "granite", "stablelm-parallel"])
def model(request: pytest.FixtureRequest) -> LoadedModel:
    return tiny_model(request.param)


def layout_of(model: LoadedModel) -> EdgeLayout:
    return EdgeLayout(model.spec.n_layers, model.spec.n_heads, len(TOKENS), model.spec.parallel)


def explicit(model: LoadedModel) -> tuple[list[Edge], dict[Edge, torch.Tensor], dict[tuple[int, int], torch.Tensor]]:
    """Edges, their vectors, and their nodes' vectors; at the output's depth through the final norm's linear part."""
    edges = reference.edges_of(model, len(TOKENS))
    run = reference.run(model, TOKENS, set(edges))
    last = max(edge.enters[0] for edge in edges)
    state = run.nodes[last, len(TOKENS) - 1]

    def through(vector: torch.Tensor) -> torch.Tensor:
        """The norm's derivative would move with the state; its linear part at this state is a difference quotient."""
        subtracts_mean = isinstance(model.final_norm, torch.nn.LayerNorm)
        centred = vector - vector.mean() if subtracts_mean else vector
        zero = model.final_norm(torch.zeros(1, 1, len(vector)))[0, 0]
        own = state - state.mean() if subtracts_mean else state
        return centred * (model.final_norm(state[None, None])[0, 0] - zero) / own

    vectors = {edge: through(v) if edge.enters[0] == last else v for edge, v in run.vectors.items()}
    nodes = {node: through(v) if node[0] == last else v for node, v in run.nodes.items()}
    return edges, vectors, nodes


def shares(edges: list[Edge], weights: list[float]) -> list[float]:
    totals: dict[tuple[int, int], float] = {}
    for edge, weight in zip(edges, weights, strict=True):
        totals[edge.enters] = totals.get(edge.enters, 0.0) + weight
    return [w / totals[e.enters] if totals[e.enters] else 0.0 for e, w in zip(edges, weights, strict=True)]


@torch.no_grad()
@pytest.mark.parametrize("rule", ["l1", "l2", "cosine", "ifr"])
def test_scores_equal_those_of_explicit_vectors(model: LoadedModel, rule: str) -> None:
    edges, vectors, nodes = explicit(model)
    expected = []
    for edge in edges:
        e, x = vectors[edge].double(), nodes[edge.enters].double()
        expected.append(
            {
                "l1": lambda e=e, x=x: e.abs().sum(),
                "l2": lambda e=e, x=x: e.square().sum().sqrt(),
                "cosine": lambda e=e, x=x: (1 + e @ x / (e.norm() * x.norm())) / 2 if e.any() else 0.0,
                "ifr": lambda e=e, x=x: max(0.0, float(x.abs().sum() - (x - e).abs().sum())),
            }[rule]()
        )
    expected = [float(value) for value in expected]
    found = SCORE_RULES[rule](model, capture(model, TOKENS), layout_of(model), SEED)
    assert found.dtype == np.float32 and found.min() >= 0 and found.max() <= 1
    np.testing.assert_allclose(found, expected if rule == "cosine" else shares(edges, expected), atol=5e-6)


@pytest.mark.parametrize("rule", ["l1", "l2", "ifr"])
def test_shares_into_a_node_sum_to_one(model: LoadedModel, rule: str) -> None:
    layout = layout_of(model)
    found = SCORE_RULES[rule](model, capture(model, TOKENS), layout, SEED)
    sums = np.add.reduceat(found, layout.in_edge_start[len(TOKENS) : -1])
    np.testing.assert_allclose(sums, 1, atol=1e-5)


def test_ifr_is_the_same_in_one_chunk_and_in_many(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_model("gemma2")
    activations, layout = capture(model, TOKENS), layout_of(model)
    whole = SCORE_RULES["ifr"](model, activations, layout, SEED)
    monkeypatch.setattr(measures, "MAX_CHUNK", 1)
    assert (SCORE_RULES["ifr"](model, activations, layout, SEED) == whole).all()


def test_random_is_drawn_from_the_seed() -> None:
    model = tiny_model("llama")
    activations, layout = capture(model, TOKENS), layout_of(model)
    first, again, other = (SCORE_RULES["random"](model, activations, layout, seed) for seed in (1, 1, 2))
    assert (first == again).all() and (first != other).any()
    assert 0.4 < first.mean() < 0.6


def test_a_node_into_which_nothing_is_added_gives_shares_of_zero() -> None:
    layout = EdgeLayout(n_layers=2, n_heads=1, n_tokens=2)
    weights = np.ones(layout.n_edges, dtype=np.float32)
    weights[layout.in_edge_start[2] : layout.in_edge_start[3]] = 0
    found = share_among_siblings(layout, weights)
    assert (found[layout.in_edge_start[2] : layout.in_edge_start[3]] == 0).all()
    assert np.isfinite(found).all()


@torch.no_grad()
def test_cosine_of_a_zero_vector_is_zero() -> None:
    model = tiny_model("llama")
    model.blocks[0].block.mlp.down_proj.weight.zero_()
    layout = layout_of(model)
    activations = capture(model, TOKENS)
    assert not block_vectors(model, activations, 0).mlp.any()
    found = SCORE_RULES["cosine"](model, activations, layout, SEED)
    assert (found[layout.block(0).mlp] == 0).all()
