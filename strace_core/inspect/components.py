"""Inspect a head or an MLP at one token: its contribution, its sources, its rank in the trace, the tokens it promotes.

Source: section 7 of docs/method.md.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Int
from torch import Tensor

from strace_core.graph.contributions import post_norm
from strace_core.graph.layout import NO_EDGE
from strace_core.inspect.direct_effect import direct_effect
from strace_core.inspect.request import check_belong_together, checked_index, checked_token
from strace_core.inspect.token_tables import promoted_and_suppressed
from strace_core.model.adapters import attention_output_weight
from strace_core.model.capture import Capture
from strace_core.model.loaded import LoadedModel
from strace_core.result import TraceResult


@dataclass(frozen=True, eq=False)
class HeadDetail:
    """One head at one target.

    Attributes:
        sources: A row for each source position, ascending. ``source`` and ``text`` are the token; ``pattern`` is the
            softmax weight; ``contribution`` is the L1 norm of the edge's contribution to the stream; ``share`` and
            ``rank`` (0-based) are the edge's score and rank in the trace, NaN and <NA> if the traced prediction does
            not depend on it.
        promoted: Direct logit attribution of the head at the target: the tokens (``token_id``, ``text``, ``logit``)
            that it promotes most. ``logit`` is relative to the mean over the vocabulary.
        suppressed: The tokens that it suppresses most.
    """

    sources: pd.DataFrame
    promoted: pd.DataFrame
    suppressed: pd.DataFrame


@dataclass(frozen=True, eq=False)
class MlpDetail:
    """One MLP at one token.

    Attributes:
        contribution: L1 norm of its contribution to the stream.
        share: Score of its edge; NaN if the traced prediction does not depend on it.
        rank: Rank of its edge in the trace, 0-based; None if the traced prediction does not depend on it.
        promoted: Direct logit attribution: the tokens that it promotes most, as in a ``HeadDetail``.
        suppressed: The tokens that it suppresses most.
    """

    contribution: float
    share: float
    rank: int | None
    promoted: pd.DataFrame
    suppressed: pd.DataFrame


def inspect_head(
    model: LoadedModel, capture: Capture, result: TraceResult, layer: int, head: int, target: int
) -> HeadDetail:
    """Inspect one head at one target.

    Args:
        model: The model that was traced.
        capture: Its capture of the traced prompt, or of a longer one that starts with it.
        result: The trace.
        layer: Block of the head.
        head: The head.
        target: Token that the head writes to.

    Raises:
        SettingError: There is no such block or head.
        PositionError: The target is not a token up to the traced position.
        ModelError: Capture or result belong to another model.
        PromptError: The capture belongs to another prompt.
    """
    check_belong_together(model, capture, result)
    layer = checked_index(layer, model.spec.n_layers, "block")
    head = checked_index(head, model.spec.n_heads, "head")
    target = checked_token(target, result)
    vectors = head_vectors(model, capture, layer, head, target)
    pattern = capture.activations.blocks[layer].pattern[head, target, : target + 1]  # [source]
    share, rank = _in_trace(result, result.layout.block(layer).attention[head, target, : target + 1])
    sources = pd.DataFrame(
        {
            "source": np.arange(target + 1),
            "text": result.prompt.token_texts[: target + 1],
            "pattern": pattern.double().cpu().numpy(),
            "contribution": vectors.abs().sum(-1).double().cpu().numpy(),  # [source, d_model] -> [source]
            "share": share,
            "rank": rank,
        }
    )
    promoted, suppressed = promoted_and_suppressed(model, direct_effect(model, capture, target, vectors.sum(0)))
    return HeadDetail(sources, promoted, suppressed)


def inspect_mlp(model: LoadedModel, capture: Capture, result: TraceResult, layer: int, token: int) -> MlpDetail:
    """Inspect the MLP of one block at one token.

    Args:
        model: The model that was traced.
        capture: Its capture of the traced prompt, or of a longer one that starts with it.
        result: The trace.
        layer: The block.
        token: Token that the MLP reads and writes.

    Raises:
        SettingError: There is no such block.
        PositionError: The token is after the traced position.
        ModelError: Capture or result belong to another model.
        PromptError: The capture belongs to another prompt.
    """
    check_belong_together(model, capture, result)
    layer = checked_index(layer, model.spec.n_layers, "block")
    token = checked_token(token, result)
    vector = capture.activations.blocks[layer].mlp_out[token].float()
    share, rank = _in_trace(result, result.layout.block(layer).mlp[token : token + 1])
    promoted, suppressed = promoted_and_suppressed(model, direct_effect(model, capture, token, vector))
    return MlpDetail(
        contribution=float(vector.abs().sum()),
        share=float(share[0]),
        rank=None if rank.isna()[0] else int(rank[0]),
        promoted=promoted,
        suppressed=suppressed,
    )


@torch.no_grad()
def head_vectors(
    model: LoadedModel, capture: Capture, layer: int, head: int, target: int
) -> Float[Tensor, "source d_model"]:
    """Return one head's contributions to the stream at ``target``, by source, float32.

    A post-attention norm is linearised at attention's output there, so that the contributions of all heads and of the
    output bias sum to ``attn_out``.

    Args:
        model: The model.
        capture: Its capture of the prompt.
        layer: Block of the head.
        head: The head.
        target: Token that the head writes to.
    """
    parts = model.blocks[layer]
    states = capture.activations.blocks[layer].up_to(target)
    after_attention, scale = post_norm(states, parts)
    weight = attention_output_weight(parts.attention_output, model.spec.n_heads)[head]  # [d_head, d_model]
    scalars = states.pattern[head, target].float() * scale[target]  # [source]
    return scalars[:, None] * after_attention(states.values[head].float() @ weight)  # [source, d_model]


def _in_trace(result: TraceResult, edges: Int[np.ndarray, "edge"]) -> tuple[np.ndarray, pd.arrays.IntegerArray]:
    """Score and rank of edges by id; NaN and <NA> where there is no edge."""
    is_edge = edges != NO_EDGE
    share = np.where(is_edge, result.scores[edges], np.nan)
    rank = pd.array(np.where(is_edge, result.trace.rank[edges], 0), dtype="Int64")
    rank[~is_edge] = pd.NA
    return share, rank
