"""A head or an MLP at one token: what it adds, from where, how it ranks in the trace, and which tokens it promotes.

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

    ``sources`` has a row for each source position, ascending: ``source``, ``text``; ``pattern``, the softmax weight;
    ``contribution``, the L1 norm of what this edge adds to the stream; ``share`` and ``rank`` (0-based), the edge's
    score and place in the trace, NaN and <NA> where the traced prediction does not depend on it. ``promoted`` and
    ``suppressed`` are the tokens (``token_id``, ``text``, ``logit``) whose logits at the target the whole head raises
    and lowers most, directly and beside the mean of the vocabulary.
    """

    sources: pd.DataFrame
    promoted: pd.DataFrame
    suppressed: pd.DataFrame


@dataclass(frozen=True, eq=False)
class MlpDetail:
    """One MLP at one token: the L1 norm of its ``contribution`` to the stream, and the rest as in a ``HeadDetail``.

    ``share`` is NaN and ``rank`` None where the traced prediction does not depend on it.
    """

    contribution: float
    share: float
    rank: int | None
    promoted: pd.DataFrame
    suppressed: pd.DataFrame


def inspect_head(
    model: LoadedModel, capture: Capture, result: TraceResult, layer: int, head: int, target: int
) -> HeadDetail:
    """Head ``head`` of block ``layer`` where it writes to token ``target``.

    ``capture`` is of the prompt that was traced, or of a longer one that begins with it. Raises SettingError and
    PositionError for a place that is not there, ModelError and PromptError for what does not belong together.
    """
    check_belong_together(model, capture, result)
    layer = checked_index(layer, model.spec.n_layers, "block")
    head = checked_index(head, model.spec.n_heads, "head")
    target = checked_token(target, result)
    vectors = head_vectors(model, capture, layer, head, target)
    pattern = capture.activations.blocks[layer].pattern[head, target, : target + 1]
    share, rank = _in_trace(result, result.layout.block(layer).attention[head, target, : target + 1])
    sources = pd.DataFrame(
        {
            "source": np.arange(target + 1),
            "text": result.prompt.token_texts[: target + 1],
            "pattern": pattern.double().cpu().numpy(),
            "contribution": vectors.abs().sum(-1).double().cpu().numpy(),
            "share": share,
            "rank": rank,
        }
    )
    promoted, suppressed = promoted_and_suppressed(model, direct_effect(model, capture, target, vectors.sum(0)))
    return HeadDetail(sources, promoted, suppressed)


def inspect_mlp(model: LoadedModel, capture: Capture, result: TraceResult, layer: int, token: int) -> MlpDetail:
    """The MLP of block ``layer`` at ``token``; arguments and errors as for :func:`inspect_head`."""
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
    """What one head adds to the stream at ``target`` from each source up to it, float32.

    A norm after attention is linearised at what attention gives there, so that all heads and the output projection's
    bias sum to what is added.
    """
    parts = model.blocks[layer]
    states = capture.activations.blocks[layer].up_to(target)
    after_attention, scale = post_norm(states, parts)
    weight = attention_output_weight(parts.attention_output, model.spec.n_heads)[head]
    scalars = states.pattern[head, target].float() * scale[target]
    return scalars[:, None] * after_attention(states.values[head].float() @ weight)


def _in_trace(result: TraceResult, edges: Int[np.ndarray, "edge"]) -> tuple[np.ndarray, pd.arrays.IntegerArray]:
    """Score and rank of edges by id; NaN and <NA> for what is no edge of the graph."""
    is_edge = edges != NO_EDGE
    share = np.where(is_edge, result.scores[edges], np.nan)
    rank = pd.array(np.where(is_edge, result.trace.rank[edges], 0), dtype="Int64")
    rank[~is_edge] = pd.NA
    return share, rank
