"""Soft masks: what they mean, held against loops; their derivatives, held against differences of the every-row run."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from strace_core.evaluate import mask_gradients as module_under_test
from strace_core.evaluate.mask_gradients import (
    MaskGradients,
    batch_size,
    edge_places,
    factors_by_place,
    mask_gradients,
    soft_masks,
)
from strace_core.evaluate.masked_forward import subgraph_logits
from strace_core.graph.layout import EdgeLayout
from strace_core.kinds import ATTENTION
from strace_core.model.block_forward import run_block, run_blocks
from strace_core.model.loaded import LoadedModel
from strace_core.trace.growth import grow_best_first
from strace_core.trace.trace import Trace
from tests.core import reference
from tests.core.tiny_models import TELLING, tiny_model

TOKENS = (7, 3, 41, 3, 19)
ARCHITECTURES = (*TELLING, "cohere", "gpt_oss", "granite", "olmo2", "stablelm-parallel")
"""The telling ones, and sinks, a window, a multiplier with a bias, and parallel blocks with grouped queries."""

STEP = 0.003
DIFFERENCE = ((-2, 1 / 12), (-1, -8 / 12), (1, 8 / 12), (2, -1 / 12))
"""Five-point central difference, (steps, weight). The step balances its error of the fourth order, in sharp random
models, with the rounding of float32."""


@pytest.fixture(scope="module", params=ARCHITECTURES)
def model(request: pytest.FixtureRequest) -> LoadedModel:
    return tiny_model(request.param)


def layout_of(model: LoadedModel) -> EdgeLayout:
    return EdgeLayout(model.spec.n_layers, model.spec.n_heads, len(TOKENS), model.spec.parallel)


def fractional(layout: EdgeLayout, n_masks: int = 1, *, kept: float = 1.0) -> np.ndarray:
    """Random factors from 0.2 to 0.7, 0 at a random share of the edges, 0.9 at one attention edge into each node.

    So the largest of attention's into a node, on which the output bias depends, stays the largest a step further on.
    """
    rng = np.random.default_rng(8)
    factors = rng.uniform(0.2, 0.7, (n_masks, layout.n_edges))
    factors = np.where(rng.random(factors.shape) < kept, factors, 0).astype(np.float32)
    is_attention = layout.kind == ATTENTION
    for mask in factors:
        for node in np.unique(layout.target_node[is_attention & (mask > 0)]):
            into_node = np.flatnonzero(is_attention & (mask > 0) & (layout.target_node == node))
            mask[rng.choice(into_node)] = 0.9
    return factors


def grown(layout: EdgeLayout) -> Trace:
    return Trace(layout, grow_best_first(layout, np.random.default_rng(1).random(layout.n_edges, dtype=np.float32)))


def loss(logits: torch.Tensor) -> torch.Tensor:
    """A smooth number that every logit moves."""
    weight = torch.sin(torch.arange(logits.shape[-1], dtype=logits.dtype))
    return torch.log_softmax(logits, dim=-1) @ weight


def found(model: LoadedModel, masks: np.ndarray, loss: Callable[[torch.Tensor], torch.Tensor] = loss) -> MaskGradients:
    return mask_gradients(model, TOKENS, layout_of(model), masks, loss)


@torch.no_grad()
def every_row_logits(model: LoadedModel, masks: np.ndarray) -> torch.Tensor:
    """The same masks on every row of every block."""
    places = edge_places(layout_of(model), model.device)
    of_blocks = soft_masks(factors_by_place(masks, places), torch.float32)

    def run(layer, parts, resid_pre, arguments):
        by_mask = resid_pre if layer else resid_pre.expand(len(masks), -1, -1)
        return run_block(parts, by_mask, of_blocks[layer], arguments, parallel=model.spec.parallel).resid_post

    return run_blocks(model, torch.tensor([TOKENS]), run)


def slopes(model: LoadedModel, mask: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """d loss / d step along each direction, by differences."""
    steps = np.array([STEP * n_steps for n_steps, _ in DIFFERENCE], dtype=np.float32)
    masks = mask + steps[:, None, None] * directions
    losses = loss(every_row_logits(model, masks.reshape(-1, masks.shape[-1])).double()).numpy()
    return np.array([weight for _, weight in DIFFERENCE]) @ losses.reshape(len(steps), -1) / STEP


def directions_of(mask: np.ndarray, layout: EdgeLayout, rng: np.random.Generator) -> np.ndarray:
    """Along some kept edges of each kind, and along all kept edges of a kind at once."""
    rows = []
    for kind in np.unique(layout.kind):
        kept = np.flatnonzero((layout.kind == kind) & (mask > 0))
        rows += list(np.eye(layout.n_edges, dtype=np.float32)[rng.choice(kept, min(4, len(kept)), replace=False)])
        together = np.zeros(layout.n_edges, dtype=np.float32)
        together[kept] = rng.choice([-1, 1], len(kept)) / np.sqrt(len(kept))
        rows.append(together)
    return np.stack(rows)


@pytest.mark.parametrize("kept", [1.0, 0.5])
def test_gradients_are_the_slopes_of_the_loss(model: LoadedModel, kept: float) -> None:
    layout = layout_of(model)
    (mask,) = fractional(layout, kept=kept)
    (gradient,) = found(model, mask[None]).gradients
    directions = directions_of(mask, layout, np.random.default_rng(3))
    along, expected = directions @ gradient, slopes(model, mask, directions)
    assert np.abs(expected).max() > 1
    np.testing.assert_allclose(along, expected, rtol=3e-3, atol=1e-3 * np.abs(expected).max())


def test_factors_mean_what_the_loops_say(model: LoadedModel) -> None:
    layout = layout_of(model)
    (mask,) = fractional(layout, kept=0.8)
    edges = reference.edges_of(model, len(TOKENS))
    factors = {edge: float(factor) for edge, factor in zip(edges, mask, strict=True) if factor > 0}
    expected = reference.run(model, TOKENS, factors).logits.numpy()
    np.testing.assert_allclose(found(model, mask[None]).logits[0], expected, atol=5e-5)


def test_packed_rows_equal_every_row(model: LoadedModel) -> None:
    layout = layout_of(model)
    masks = np.concatenate([fractional(layout, 2, kept=kept) for kept in (1.0, 0.3, 0.05, 0.0)])
    expected = every_row_logits(model, masks).numpy()
    np.testing.assert_allclose(found(model, masks).logits, expected, atol=3e-5 * max(1.0, np.abs(expected).max()))


def test_zeros_and_ones_are_a_subgraph(model: LoadedModel) -> None:
    layout = layout_of(model)
    trace = grown(layout)
    sizes = np.array([0, 1, 7, 60, layout.n_edges // 2, layout.n_edges])
    result = found(model, np.stack([trace.mask(size) for size in sizes]).astype(np.float32))
    ((_, expected),) = subgraph_logits(model, TOKENS, trace, sizes)
    np.testing.assert_allclose(result.logits, expected, atol=1e-5)
    np.testing.assert_allclose(result.losses, loss(torch.from_numpy(expected)), atol=1e-4)


def test_an_absent_edge_has_no_gradient_and_a_present_one_has(model: LoadedModel) -> None:
    mask = grown(layout_of(model)).mask(40).astype(np.float32)
    (gradient,) = found(model, mask[None]).gradients
    assert not gradient[mask == 0].any()
    assert gradient[mask == 1].any()


def test_a_mask_of_nothing_has_a_loss_and_no_gradient(model: LoadedModel) -> None:
    result = found(model, np.zeros((2, layout_of(model).n_edges), dtype=np.float32))
    assert np.isfinite(result.losses).all()
    assert not result.gradients.any()


def test_batches_give_what_one_gives(model: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = layout_of(model)
    masks = np.concatenate([fractional(layout, 3), fractional(layout, 2, kept=0.1)])
    together, lengths = found(model, masks), []

    def counted(logits: torch.Tensor) -> torch.Tensor:
        lengths.append(len(logits))
        return loss(logits)

    states = layout.n_layers * layout.n_tokens * model.spec.d_model
    monkeypatch.setattr(module_under_test, "MAX_STATE_ELEMENTS", 2 * states)
    parted = found(model, masks, counted)
    assert lengths == [2, 2, 1]
    for name, expected in vars(together).items():
        scale = max(1.0, float(np.abs(expected).max()))
        np.testing.assert_allclose(getattr(parted, name), expected, atol=2e-5 * scale, err_msg=name)


def test_batch_size_is_bounded_by_states_and_by_patterns() -> None:
    assert batch_size(EdgeLayout(4, 2, 16), d_model=64) == module_under_test.MAX_STATE_ELEMENTS // (4 * 16 * 64)
    assert batch_size(EdgeLayout(4, 8, 128), d_model=8) == module_under_test.MAX_PATTERN_ELEMENTS // (4 * 8 * 128**2)
    assert batch_size(EdgeLayout(32, 32, 2048), d_model=4096) == 1


@pytest.mark.parametrize("fails", [False, True])
def test_the_module_is_left_as_it_was(fails: bool) -> None:
    model = tiny_model("gpt2")
    frozen = model.blocks[0].attention_output.weight.requires_grad_(False)
    required = {name: parameter.requires_grad for name, parameter in model.module.named_parameters()}
    assert True in required.values() and not frozen.requires_grad
    seen: list[bool] = []

    def looking(logits: torch.Tensor) -> torch.Tensor:
        seen.extend(parameter.requires_grad for parameter in model.module.parameters())
        if fails:
            raise KeyboardInterrupt
        return loss(logits)

    if fails:
        with pytest.raises(KeyboardInterrupt):
            found(model, fractional(layout_of(model)), looking)
    else:
        found(model, fractional(layout_of(model)), looking)
    assert seen and not any(seen)
    assert {name: parameter.requires_grad for name, parameter in model.module.named_parameters()} == required
    assert all(parameter.grad is None for parameter in model.module.parameters())
    assert not any("forward" in parts.block.__dict__ for parts in model.blocks)


def test_it_stops_before_a_block() -> None:
    model = tiny_model("llama")
    calls: list[None] = []

    def stop() -> None:
        calls.append(None)
        if len(calls) == 2:
            raise StopIteration

    with pytest.raises(StopIteration):
        mask_gradients(model, TOKENS, layout_of(model), fractional(layout_of(model)), loss, before_block=stop)
    assert len(calls) == 2
    assert all(parameter.requires_grad for parameter in model.module.parameters())


def test_without_gradients_around_it_the_same() -> None:
    model = tiny_model("llama")
    masks = fractional(layout_of(model))
    with torch.no_grad():
        inside = found(model, masks)
    np.testing.assert_array_equal(inside.gradients, found(model, masks).gradients)
