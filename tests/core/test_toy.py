"""A two-block model small enough to work out by hand.

GPT-2 with d_model 2 and one head. A LayerNorm over two channels (a, b) only keeps their order: (1, -1) if a > b, else
(-1, 1). Queries and keys are zero, so attention is uniform over the tokens so far; value and output weights are
the identity, so an attention edge adds its pattern times (1, -1) or (-1, 1). An MLP adds its output bias, whatever it
reads: (0, 0.5) in block 0 and (0.25, 0) in block 1. The attention output bias of block 1 is (0, 4).
Tokens: A = (2, 0) at position 0 and B = (0, 1) at position 1.

By hand, the full model:
    block 0   A: pattern 1           -> attention adds (1, -1)            -> mid (3, -1)  -> post (3, -0.5)
              B: pattern 1/2, 1/2    -> (0.5, -0.5) + (-0.5, 0.5) = 0     -> mid (0, 1)   -> post (0, 1.5)
    block 1   B: pattern 1/2, 1/2    -> 0, and the bias (0, 4)            -> mid (0, 5.5) -> post (0.25, 5.5)
"""

import numpy as np
import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from strace_core.evaluate.masked_forward import block_ranks
from strace_core.graph.contributions import measure_edges
from strace_core.graph.layout import EdgeLayout
from strace_core.graph.measures import norm_measure
from strace_core.graph.scores import l1
from strace_core.model.block_forward import BlockStates, run_block, run_blocks
from strace_core.model.capture import capture
from strace_core.model.loaded import LoadedModel, wrap_model
from strace_core.model.masks.hard import BlockMask
from strace_core.trace.growth import grow_best_first
from strace_core.trace.trace import Trace

A, B = 0, 1
TOKENS = (A, B)
LAYOUT = EdgeLayout(n_layers=2, n_heads=1, n_tokens=2)

# Edge ids, read off the drawing above: nodes by depth, then position
RES_A0, ATT_A0, RES_B0, ATT_AB0, ATT_BB0, RES_MLP_A0, MLP_A0, RES_MLP_B0, MLP_B0 = range(9)
RES_B1, ATT_AB1, ATT_BB1, RES_MLP_B1, MLP_B1 = range(9, 14)


@pytest.fixture(scope="module")
def toy() -> LoadedModel:
    config = GPT2Config(
        vocab_size=3, n_positions=2, n_embd=2, n_layer=2, n_head=1, n_inner=1, layer_norm_epsilon=1e-9,
        bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    module = GPT2LMHeadModel(config).eval()
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            parameter.fill_(1.0 if ".ln_" in name and name.endswith("weight") else 0.0)
        module.transformer.wte.weight.copy_(torch.tensor([[2.0, 0.0], [0.0, 1.0], [0.0, 0.0]]))
        for block, mlp_bias in zip(module.transformer.h, [(0.0, 0.5), (0.25, 0.0)], strict=True):
            block.attn.c_attn.weight[:, 4:] = torch.eye(2)
            block.attn.c_proj.weight.copy_(torch.eye(2))
            block.mlp.c_proj.bias.copy_(torch.tensor(mlp_bias))
        module.transformer.h[1].attn.c_proj.bias.copy_(torch.tensor([0.0, 4.0]))
    return wrap_model(module, name="toy")


def states_without(model: LoadedModel, dropped: set[int]) -> list[BlockStates]:
    """States of both blocks in the subgraph of all edges but the dropped ones."""
    kept = [edge for edge in range(LAYOUT.n_edges) if edge not in dropped]
    trace = Trace(LAYOUT, np.array(kept + sorted(dropped)))
    seen: list[BlockStates] = []

    def run(layer, parts, resid_pre, arguments):
        mask = BlockMask(block_ranks([trace], layer, model.device), torch.tensor([len(kept)]))
        seen.append(run_block(parts, resid_pre, mask, arguments, parallel=False))
        return seen[-1].resid_post

    with torch.no_grad():
        run_blocks(model, torch.tensor([TOKENS]), run)
    return seen


def assert_state(state: torch.Tensor, token: int, expected: tuple[float, float]) -> None:
    assert state[0, token].tolist() == pytest.approx(expected, abs=1e-6)


def test_edge_ids_are_as_drawn() -> None:
    assert LAYOUT.n_edges == 14 and LAYOUT.n_nodes == 8
    assert list(LAYOUT.block(0).attention[0].ravel()) == [ATT_A0, -1, ATT_AB0, ATT_BB0]
    assert list(LAYOUT.block(1).attention[0].ravel()) == [-1, -1, ATT_AB1, ATT_BB1]
    assert list(LAYOUT.block(1).mlp) == [-1, MLP_B1]


def test_full_model(toy: LoadedModel) -> None:
    first, second = states_without(toy, set())
    assert_state(first.resid_mid, A, (3, -1))
    assert_state(first.resid_post, A, (3, -0.5))
    assert_state(first.resid_post, B, (0, 1.5))
    assert_state(second.resid_mid, B, (0, 5.5))
    assert_state(second.resid_post, B, (0.25, 5.5))


def test_dropped_attention_edge_is_not_renormalised(toy: LoadedModel) -> None:
    """B reads half of itself only: (-0.5, 0.5), not all of it."""
    first, second = states_without(toy, {ATT_AB0})
    assert_state(first.resid_mid, B, (-0.5, 1.5))
    assert_state(second.resid_post, B, (-0.25, 6))


def test_dropped_residual_is_still_read_by_the_sublayer(toy: LoadedModel) -> None:
    """Without A's skip in block 0 its attention still reads A and adds (1, -1)."""
    first, _ = states_without(toy, {RES_A0})
    assert_state(first.resid_mid, A, (1, -1))
    assert_state(first.resid_post, A, (1, -0.5))


def test_dropped_mlp_and_residual_to_it(toy: LoadedModel) -> None:
    first, _ = states_without(toy, {MLP_B0})
    assert_state(first.resid_post, B, (0, 1))
    first, _ = states_without(toy, {RES_MLP_B0})
    assert_state(first.resid_post, B, (0, 0.5))


def test_output_bias_stays_while_one_attention_edge_into_the_node_does(toy: LoadedModel) -> None:
    _, second = states_without(toy, {ATT_AB1})
    assert_state(second.resid_mid, B, (-0.5, 1.5 + 0.5 + 4))
    _, second = states_without(toy, {ATT_AB1, ATT_BB1})
    assert_state(second.resid_mid, B, (0, 1.5))


def test_a_node_with_nothing_kept_is_zero(toy: LoadedModel) -> None:
    """A vanishes after block 0, so in block 1 it has no direction: LayerNorm of zero is zero and adds nothing."""
    first, second = states_without(toy, {RES_A0, ATT_A0, RES_MLP_A0, MLP_A0})
    assert_state(first.resid_post, A, (0, 0))
    assert_state(second.resid_mid, B, (-0.5, 1.5 + 0.5 + 4))


def test_norms_and_shares_by_hand(toy: LoadedModel) -> None:
    """Into the output's depth the final norm subtracts the mean: (0, 5.5) weighs |±2.75| twice, (0.25, 0) 0.25."""
    activations = capture(toy, TOKENS)
    norms = measure_edges(toy, activations, LAYOUT, norm_measure(1))
    raw = [2, 2, 1, 1, 1, 4, 0.5, 1, 0.5, 1.5, 1, 1]
    assert norms[:12] == pytest.approx(raw, abs=1e-5)
    assert norms[12] / norms[13] == pytest.approx(5.5 / 0.25, rel=1e-4)
    shares = l1(toy, activations, LAYOUT, 0)
    assert shares[[RES_A0, ATT_A0]] == pytest.approx([1 / 2, 1 / 2])
    assert shares[[RES_B0, ATT_AB0, ATT_BB0]] == pytest.approx([1 / 3, 1 / 3, 1 / 3])
    assert shares[[RES_MLP_A0, MLP_A0]] == pytest.approx([8 / 9, 1 / 9])
    assert shares[[RES_B1, ATT_AB1, ATT_BB1]] == pytest.approx([3 / 7, 2 / 7, 2 / 7])
    assert shares[[RES_MLP_B1, MLP_B1]] == pytest.approx([22 / 23, 1 / 23], abs=1e-6)


def test_growth_by_hand() -> None:
    """Shares of the test above, rounded so that ties are ties.

    22/23 reaches B's mid, 3/7 B's post in block 0, 2/3 its mid there; of the three 1/3 that follow, its residual goes
    first, then A's attention and B's own, and the MLP of B (1/3, but of a node reached earlier) before them all.
    """
    shares = np.zeros(14, dtype=np.float32)
    third, half = np.float32(1 / 3), np.float32(1 / 2)
    shares[[RES_B0, ATT_AB0, ATT_BB0, MLP_B0]] = third
    shares[[RES_A0, ATT_A0]] = half
    shares[[RES_MLP_A0, MLP_A0, RES_MLP_B0]] = 8 / 9, 1 / 9, 2 / 3
    shares[[RES_B1, ATT_AB1, ATT_BB1, RES_MLP_B1, MLP_B1]] = 3 / 7, 2 / 7, 2 / 7, 22 / 23, 1 / 23
    assert grow_best_first(LAYOUT, shares).tolist() == [
        RES_MLP_B1, RES_B1, RES_MLP_B0, MLP_B0, RES_B0, ATT_AB0, ATT_BB0,
        ATT_AB1, RES_MLP_A0, RES_A0, ATT_A0, ATT_BB1, MLP_A0, MLP_B1,
    ]  # fmt: skip
