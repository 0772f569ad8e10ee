"""Logit lens: what a state of the residual stream predicts, in the full model and in a subgraph.

Source: section 7 of docs/method.md.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from strace_core.errors import SettingError
from strace_core.evaluate import metrics
from strace_core.evaluate.masked_forward import block_ranks
from strace_core.evaluate.sizes import resolve_sizes
from strace_core.inspect.request import check_belong_together, checked_index, checked_token
from strace_core.inspect.token_tables import most_likely
from strace_core.model.adapters import BlockParts
from strace_core.model.block_forward import BlockStates, run_block, run_blocks
from strace_core.model.capture import BlockActivations, Capture
from strace_core.model.loaded import LoadedModel
from strace_core.model.masks.hard import BlockMask
from strace_core.model.tensors import BatchedResid, GivenResid
from strace_core.model.unembed import unembed
from strace_core.result import TraceResult

STAGES = {"pre": "resid_pre", "mid": "resid_mid", "post": "resid_post"}
"""Stages of a block and the names of their states: before the block, after its attention, after its MLP."""


@dataclass(frozen=True, eq=False)
class StateDetail:
    """Logit lens of one state: what it predicts through the final norm and the unembedding.

    Attributes:
        full: Most likely tokens (``token_id``, ``text``, ``probability``) from the full model's state.
        subgraph: The same from the subgraph's state.
        is_zero: Whether the subgraph's state is the zero vector, as when it keeps no edge into the node.
    """

    full: pd.DataFrame
    subgraph: pd.DataFrame
    is_zero: bool


def inspect_state(
    model: LoadedModel, capture: Capture, result: TraceResult, layer: int, stage: str, token: int, n_edges: int
) -> StateDetail:
    """Inspect one state of the residual stream with the logit lens, in the full model and in a subgraph.

    Args:
        model: The model that was traced.
        capture: Its capture of the traced prompt, or of a longer one that starts with it.
        result: The trace.
        layer: Block of the state.
        stage: "pre" (before the block), "mid" (after its attention; not in a parallel block) or "post" (after its MLP).
            "post" of a block equals "pre" of the next, and "pre" of block L is the final state.
        token: Token of the state.
        n_edges: Size of the subgraph, from 0 to E.

    Raises:
        SettingError: There is no such block or stage.
        PositionError: The token is after the traced position.
        SizeError: The size is out of range.
        ModelError: Capture or result belong to another model.
        PromptError: The capture belongs to another prompt.
    """
    check_belong_together(model, capture, result)
    layer, stage = _checked_place(model, layer, stage)
    token = checked_token(token, result)
    (n_edges,) = resolve_sizes([n_edges], result.n_edges).tolist()
    full = _state(capture.activations.blocks[layer], stage, token)
    kept = _state(_subgraph_block(model, result, layer, n_edges), stage, token)
    logits = unembed(model, torch.stack([full, kept])).cpu().numpy()  # [2, d_vocab]
    of_full, of_subgraph = metrics.softmax(logits)
    return StateDetail(most_likely(model, of_full), most_likely(model, of_subgraph), not bool(kept.any()))


def _checked_place(model: LoadedModel, layer: int, stage: str) -> tuple[int, str]:
    """A valid block and stage, with the final state as "post" of the last block."""
    n_layers = model.spec.n_layers
    if not isinstance(stage, str) or stage not in STAGES:
        raise SettingError(f"there is no stage {stage!r} of a block; choose one of {', '.join(STAGES)}.")
    if stage == "mid" and model.spec.parallel:
        raise SettingError(
            f"attention and MLP of {model.spec.name!r} read the same state, so there is no stage 'mid' between them; "
            "choose one of pre, post."
        )
    layer = checked_index(layer, n_layers + 1 if stage == "pre" else n_layers, "block")
    return (layer - 1, "post") if layer == n_layers else (layer, stage)


def _state(block: BlockActivations, stage: str, token: int) -> Float[Tensor, "d_model"]:
    state: Tensor = getattr(block, STAGES[stage])
    return state[token]  # [token, d_model] -> [d_model]


@torch.no_grad()
def _subgraph_block(model: LoadedModel, result: TraceResult, layer: int, n_edges: int) -> BlockActivations:
    """The states of one block in a subgraph; later blocks are skipped."""
    size = torch.tensor([n_edges], device=model.device)
    found: list[BlockStates] = []

    def run(at: int, parts: BlockParts, resid_pre: GivenResid, arguments: dict[str, Any]) -> BatchedResid:
        if at > layer:
            return resid_pre
        mask = BlockMask(block_ranks([result.trace], at, model.device), size)
        states = run_block(parts, resid_pre, mask, arguments, parallel=model.spec.parallel)
        if at == layer:
            found.append(states)
        return states.resid_post

    run_blocks(model, torch.tensor([result.prompt.token_ids], device=model.device), run)
    # a batch of one subgraph: [1, ...] -> [...]
    return BlockActivations(**{name: state[0] for name, state in vars(found[0]).items()})
