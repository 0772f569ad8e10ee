"""Packed rows: the non-zero states of a [subgraph, token] grid, and where each of them is.

A row is one token of one subgraph. A node without a kept in-edge is the zero vector, and in small subgraphs nearly all
nodes are.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from strace_core.model.masks.protocol import TokenEdges
from strace_core.model.tensors import BatchedResid, GivenResid, TokenMask

Place = Int[Tensor, "batch token"]
"""Row of each state, by subgraph and token."""
RowVectors = Float[Tensor, "row d_model"]


@dataclass(frozen=True, eq=False)
class StateRows:
    """The residual stream of several subgraphs at one depth, as packed rows.

    Attributes:
        vectors: The rows. Row 0 is the zero vector.
        place: The row of each state.
        are_shared: Whether all subgraphs of a prompt have the same states, as before the first block. Then the rows are
            ordered by prompt and token. Otherwise each row but 0 belongs to one subgraph and token.
    """

    vectors: RowVectors
    place: Place
    are_shared: bool = False

    @classmethod
    def shared(cls, states: GivenResid, prompt: Int[Tensor, "batch"]) -> "StateRows":
        """Make shared rows from the states of prompts; subgraph b has the states of ``prompt[b]``."""
        rows = states.flatten(0, 1)  # [prompt * token, d_model]
        vectors = torch.cat([states.new_zeros(1, states.shape[-1]), rows])  # [row, d_model], row 0 is zero
        place = torch.arange(1, len(vectors), device=states.device).view(states.shape[:2])  # [prompt, token]
        return cls(vectors, place[prompt], are_shared=True)  # place: [batch, token]

    def at(self, where: TokenMask) -> RowVectors:
        """Return the states where ``where`` is true, ordered by subgraph."""
        return self.vectors[self.place[where]]  # [row, d_model]

    @property
    def last(self) -> BatchedResid:
        """The states at the last token, repeated over all tokens to the shape that the final norm expects."""
        last = self.vectors[self.place[:, -1]]  # [batch, d_model]
        return last[:, None].expand(-1, self.place.shape[1], -1)  # [batch, token, d_model]

    def kept_and_added(self, skip: TokenEdges, *added: tuple[TokenMask, RowVectors]) -> "StateRows":
        """Return the states after a sublayer: the kept residual connections plus the contributions.

        Args:
            skip: The residual edges.
            *added: Contributions of sublayers, as pairs: where they go, and their rows, ordered by subgraph.
        """
        skipped = torch.where(skip.kept, self.place, 0)  # [batch, token]
        is_state = skipped > 0
        for where, _ in added:
            is_state = is_state | where
        vectors = self.vectors[torch.cat([skipped.new_zeros(1), skipped[is_state]])]  # [row, d_model], row 0 is zero
        vectors = skip.on_rows(vectors, is_state)
        place = numbered(is_state, start=1)
        for where, rows in added:
            vectors = vectors.index_add_(0, place[where], rows)  # rows: [row of where, d_model]
        return StateRows(vectors, place)


@dataclass(frozen=True, eq=False)
class Packing:
    """How the rows that a block's attention reads are packed into one sequence.

    Attributes:
        subgraphs: The subgraphs with at least one kept attention edge, as indices into the mask.
        row: Where the state of each subgraph and token is in the sequence; arbitrary where no query needs it.
        token: The token of each row.
        attends: The queries that a kept edge needs.
        targets: The tokens of at least one such query.
    """

    subgraphs: Int[Tensor, "batch"]
    row: Place
    token: Int[Tensor, "row"]
    attends: TokenMask
    targets: Int[Tensor, "target"]

    @property
    def written(self) -> Int[Tensor, "query"]:
        """Rows of the needed queries, ordered by subgraph. Each query has a row of its own."""
        return self.row[self.attends]


def pack(states: StateRows, attends: TokenMask) -> tuple[Packing, RowVectors]:
    """Pack the rows that attention reads for the queries ``attends``; there must be at least one query.

    A softmax sees every key up to its query, so all states up to a subgraph's last query are read. Subgraphs have some
    rows in common: zero states, one per token, and the states that all subgraphs of a prompt share.

    Returns:
        The packing, and the sequence of rows.
    """
    subgraphs = attends.any(dim=1).nonzero()[:, 0]  # [subgraph]
    attends, place = attends[subgraphs], states.place[subgraphs]  # [subgraph, token] from here on
    tokens = torch.arange(place.shape[1], device=place.device)
    is_read = tokens <= (attends * tokens).amax(dim=1, keepdim=True)
    has_own_row = attends if states.are_shared else is_read & ((place > 0) | attends)
    reads_common = is_read & ~has_own_row
    if states.are_shared:
        is_common = torch.zeros(len(states.vectors), dtype=torch.bool, device=place.device)  # by row of the states
        is_common[place[reads_common]] = True
        common, common_row = is_common.nonzero()[:, 0], numbered(is_common, start=0)[place]
        token = tokens[(common - 1) % len(tokens)]  # rows 1, 2, ... are ordered by prompt and token
    else:
        is_common = reads_common.any(dim=0)  # by token: each token has one zero row
        token, common_row = tokens[is_common], numbered(is_common, start=0)
        common = torch.zeros_like(token)
    row = torch.where(has_own_row, numbered(has_own_row, start=len(common)), common_row)  # [subgraph, token]
    token = torch.cat([token, tokens.expand_as(place)[has_own_row]])  # [row]
    sequence = states.vectors[torch.cat([common, place[has_own_row]])]  # [row, d_model], common rows first
    return Packing(subgraphs, row, token, attends, attends.any(dim=0).nonzero()[:, 0]), sequence


def numbered(where: Bool[Tensor, "*place"], *, start: int) -> Int[Tensor, "*place"]:
    """Number the true entries of ``where`` consecutively from ``start``; the others are 0."""
    numbers = torch.zeros(where.shape, dtype=torch.long, device=where.device)
    numbers[where] = torch.arange(start, start + int(where.sum()), device=where.device)
    return numbers
