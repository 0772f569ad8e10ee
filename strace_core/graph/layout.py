"""EdgeLayout: all index arithmetic between flat edge ids and (kind, block, head, source, target).

Reachable edges are numbered 0 .. n_edges - 1, grouped by the node they enter. Nodes are ordered by depth, then by
position. Within a node, edges are in tie-breaking order: residual, then (head, source) ascending, then MLP. So the
in-edges of a node are one contiguous slice, and scores, ranks and masks share one shape.
Source: section 1 of docs/method.md.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Int

from strace_core.kinds import MLP, RESIDUAL_MLP, ByKind, kind_codes
from strace_core.shapes import EdgeColumn

NO_HEAD = -1
NO_EDGE = -1

BlockEdges = ByKind[Int[np.ndarray, "..."]]
"""One number for each edge of a block, such as its id: attention by [head, target, source], other kinds by [target].

An id is ``NO_EDGE`` where there is no edge.
"""


@dataclass(frozen=True)
class EdgeLayout:
    """The edges of the computation graph behind one next-token prediction.

    The prediction is made at the last position. Edges that cannot reach it are excluded, which trims the last block to
    that position.

    Attributes:
        n_layers: Number of blocks, L.
        n_heads: Query heads per block, H.
        n_tokens: Positions up to and including the traced one, T.
        parallel: Whether attention and MLP of a block read the same state.
    """

    n_layers: int
    n_heads: int
    n_tokens: int
    parallel: bool = False

    @property
    def depths_per_block(self) -> int:
        """Nodes per block and position: 2 in sequential blocks, 1 in parallel ones."""
        return 1 if self.parallel else 2

    @property
    def n_path_edges(self) -> int:
        """Edges of one path from an embedding to the output: 2L in sequential models, L in parallel ones."""
        return self.n_layers * self.depths_per_block

    @property
    def n_nodes(self) -> int:
        """Number of nodes that reach the output: T(2L-1) + 2 in sequential models, TL + 1 in parallel ones."""
        return self.n_tokens * (self._last_full_depth + 1) + self.depths_per_block

    @property
    def output_node(self) -> int:
        """The node that the prediction is read from: last depth, last position."""
        return self.n_nodes - 1

    @property
    def n_edges(self) -> int:
        """Number of reachable edges, E.

        (L-1) [H T(T+1)/2 + 3T] + H T + 3 in sequential models, (L-1) [H T(T+1)/2 + 2T] + H T + 2 in parallel ones.
        """
        return (self.n_layers - 1) * self._inner_size + self.n_heads * self.n_tokens + self._n_others

    def block(self, layer: int) -> BlockEdges:
        """Return the edge ids of block ``layer``."""
        offset = layer * self._inner_size
        return self._template(layer).map(lambda ids: np.where(ids == NO_EDGE, NO_EDGE, ids + offset))

    def by_place(self, values: EdgeColumn, layer: int, *, absent: int) -> BlockEdges:
        """Arrange values by edge id like the ids of block ``layer``, with ``absent`` where there is no edge."""
        template, start = self._template(layer), layer * self._inner_size
        of_block = np.append(values[start : start + _n_edges(template)], values.dtype.type(absent))
        assert NO_EDGE == -1, "NO_EDGE looks up the last entry"
        return template.map(lambda ids: of_block[ids])

    # Columns: one value per edge, in id order

    @cached_property
    def kind(self) -> EdgeColumn:
        """Kind code (an index into ``KINDS``), int8."""
        return self._tiled(np.int8, kind_codes(parallel=self.parallel))

    @cached_property
    def layer(self) -> EdgeColumn:
        """Block, int16."""
        layers = np.arange(self.n_layers, dtype=np.int16)
        inner = np.repeat(layers[:-1], self._inner_size)
        return np.concatenate([inner, np.repeat(layers[-1:], _n_edges(self._last))])

    @cached_property
    def head(self) -> EdgeColumn:
        """Query head of an attention edge, ``NO_HEAD`` elsewhere, int16."""
        heads = np.arange(self.n_heads)[:, None, None]  # [head, 1, 1]
        return self._tiled(np.int16, ByKind[int | np.ndarray](NO_HEAD, heads, NO_HEAD, NO_HEAD))

    @cached_property
    def source(self) -> EdgeColumn:
        """Source position, int32."""
        tokens = np.arange(self.n_tokens)
        return self._tiled(np.int32, ByKind(tokens, tokens, tokens, tokens))

    @cached_property
    def target(self) -> EdgeColumn:
        """Target position, int32."""
        tokens = np.arange(self.n_tokens)  # as [target, 1] it broadcasts over heads and sources
        return self._tiled(np.int32, ByKind(tokens, tokens[:, None], tokens, tokens))

    @cached_property
    def source_node(self) -> EdgeColumn:
        """Source node, int32."""
        return self._node(self.source_depth, self.source)

    @cached_property
    def target_node(self) -> EdgeColumn:
        """Target node, int32, ascending with the edge id."""
        return self._node(self.source_depth + 1, self.target)

    @cached_property
    def source_depth(self) -> EdgeColumn:
        """Depth of the source node, int32; 0 is the embedding. Every edge enters the next depth."""
        enters_resid_post = (self.kind == RESIDUAL_MLP) | (self.kind == MLP)
        second_half = 0 if self.parallel else enters_resid_post.astype(np.int32)
        return self.layer.astype(np.int32) * self.depths_per_block + second_half

    @cached_property
    def in_edge_start(self) -> Int[np.ndarray, "node_plus_one"]:
        """First in-edge of every node, int64: edges ``in_edge_start[n]:in_edge_start[n + 1]`` enter node ``n``."""
        n_attention = self.n_heads * np.arange(1, self.n_tokens + 1)
        stages = [n_attention + 2] if self.parallel else [1 + n_attention, np.full(self.n_tokens, 2)]
        full = np.tile(np.concatenate(stages), self.n_layers - 1)
        counts = np.concatenate([np.zeros(self.n_tokens, dtype=np.int64), full, [stage[-1] for stage in stages]])
        return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)

    @property
    def n_input_edges(self) -> int:
        """Number of edges that leave an embedding; they have the lowest ids."""
        deepest = self.n_tokens * 2 if self.n_layers > 1 else self.n_tokens + 1
        return int(self.in_edge_start[deepest])

    def node_position(self, node: int) -> tuple[int, int]:
        """Return the depth and token position of a node."""
        trimmed = node - self.n_tokens * (self._last_full_depth + 1)
        if trimmed >= 0:
            return self._last_full_depth + 1 + trimmed, self.n_tokens - 1
        return divmod(node, self.n_tokens)

    def _node(self, depth: EdgeColumn, token: EdgeColumn) -> EdgeColumn:
        trimmed = self.n_tokens * (self._last_full_depth + 1) + (depth - self._last_full_depth - 1)
        full = depth * self.n_tokens + token
        return np.where(depth <= self._last_full_depth, full, trimmed).astype(np.int32)

    @property
    def _last_full_depth(self) -> int:
        """The last depth with a node at every position; after it only the traced position remains."""
        return self.depths_per_block * (self.n_layers - 1)

    @property
    def _inner_size(self) -> int:
        """Number of edges of every block but the last."""
        return self.n_heads * self.n_tokens * (self.n_tokens + 1) // 2 + self._n_others * self.n_tokens

    @property
    def _n_others(self) -> int:
        """Number of residual and MLP edges of a block per position."""
        return 2 if self.parallel else 3

    def _template(self, layer: int) -> BlockEdges:
        """Edge ids of block ``layer``, counted from 0."""
        assert 0 <= layer < self.n_layers, f"layer {layer} of {self.n_layers}"
        return self._last if layer == self.n_layers - 1 else self._inner

    @cached_property
    def _inner(self) -> BlockEdges:
        return _first_block(self, entered=np.ones(self.n_tokens, dtype=bool))

    @cached_property
    def _last(self) -> BlockEdges:
        return _first_block(self, entered=np.arange(self.n_tokens) == self.n_tokens - 1)

    def _tiled(self, dtype: type[np.integer], values: "ColumnValues") -> EdgeColumn:
        """One column of the full model, from its two kinds of block: the last one and all others."""
        inner, last = _block_column(self._inner, dtype, values), _block_column(self._last, dtype, values)
        return np.concatenate([np.tile(inner, self.n_layers - 1), last])


ColumnValues = ByKind[int | Int[np.ndarray, "..."]]
"""For each kind a value, or values that broadcast to the shape of its ids."""


def _n_edges(block: BlockEdges) -> int:
    return sum(int((ids != NO_EDGE).sum()) for ids in block.values())


def _block_column(block: BlockEdges, dtype: type[np.integer], values: ColumnValues) -> EdgeColumn:
    column = np.empty(_n_edges(block), dtype=dtype)
    for ids, value in block.zip(values):
        is_edge = ids != NO_EDGE
        column[ids[is_edge]] = np.broadcast_to(value, ids.shape)[is_edge]
    return column


def _first_block(layout: EdgeLayout, *, entered: Bool[np.ndarray, "target"]) -> BlockEdges:
    """Edge ids, counted from 0, of a block with edges into the positions ``entered``."""
    head = np.arange(layout.n_heads)[:, None, None]  # [head, 1, 1]
    source = target = np.arange(layout.n_tokens)
    n_attention = layout.n_heads * (target + 1)
    node_size = np.where(entered, n_attention + (2 if layout.parallel else 1), 0)
    start = np.cumsum(node_size) - node_size
    # [target, 1] + [head, 1, 1] * [target, 1] + [source] -> [head, target, source]
    attention = (start + 1)[:, None] + head * (target + 1)[:, None] + source
    is_attention = entered[:, None] & (source <= target[:, None])
    if layout.parallel:
        residual_mlp, mlp = np.full(layout.n_tokens, NO_EDGE), start + 1 + n_attention
    else:
        residual_mlp = node_size.sum() + 2 * (np.cumsum(entered) - 1)
        mlp = residual_mlp + 1
    return ByKind(
        residual_attn=np.where(entered, start, NO_EDGE),
        attention=np.where(is_attention, attention, NO_EDGE),
        residual_mlp=np.where(entered, residual_mlp, NO_EDGE),
        mlp=np.where(entered, mlp, NO_EDGE),
    )
