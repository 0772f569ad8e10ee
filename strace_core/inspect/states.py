"""A state of the stream: what it would predict as it is, in the full model and in a subgraph (a logit lens).

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
"""Stages of a block, and the names of the states there: before it, after its attention, after its MLP."""


@dataclass(frozen=True, eq=False)
class StateDetail:
    """What one state would predict through the final norm and the head.

    ``full`` and ``subgraph`` are the most likely tokens (``token_id``, ``text``, ``probability``) from the full model's
    state and from the subgraph's; ``is_zero`` tells that the subgraph's is the zero vector, as where no edge into the
    node is kept.
    """

    full: pd.DataFrame
    subgraph: pd.DataFrame
    is_zero: bool


def inspect_state(
    model: LoadedModel, capture: Capture, result: TraceResult, layer: int, stage: str, token: int, n_edges: int
) -> StateDetail:
    """The state at ``token``, at ``stage`` "pre", "mid" or "post" of block ``layer``, in the subgraph of ``n_edges``.

    "post" of a block is "pre" of the next; the final state is also "pre" of block L. In a parallel block there is no
    state in the middle. ``capture`` is of the prompt that was traced, or of a longer one that begins with it.

    Raises SettingError and PositionError for a place that is not there, SizeError for a size outside 0 to E, ModelError
    and PromptError for what does not belong together.
    """
    check_belong_together(model, capture, result)
    layer, stage = _checked_place(model, layer, stage)
    token = checked_token(token, result)
    (n_edges,) = resolve_sizes([n_edges], result.n_edges).tolist()
    full = _state(capture.activations.blocks[layer], stage, token)
    kept = _state(_subgraph_block(model, result, layer, n_edges), stage, token)
    logits = unembed(model, torch.stack([full, kept])).cpu().numpy()
    of_full, of_subgraph = metrics.softmax(logits)
    return StateDetail(most_likely(model, of_full), most_likely(model, of_subgraph), not bool(kept.any()))


def _checked_place(model: LoadedModel, layer: int, stage: str) -> tuple[int, str]:
    """Block and stage, the final state as "post" of the last block."""
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
    return state[token]


@torch.no_grad()
def _subgraph_block(model: LoadedModel, result: TraceResult, layer: int, n_edges: int) -> BlockActivations:
    """The states of one block in a subgraph; the blocks after it are passed over."""
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
    return BlockActivations(**{name: state[0] for name, state in vars(found[0]).items()})
