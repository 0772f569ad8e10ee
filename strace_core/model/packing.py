"""Packed rows: of a grid of subgraphs and tokens only the states that are not zero, and where each one is.

A row is one token of one subgraph. A state into which no edge is kept is the zero vector, and in the smaller subgraphs
nearly all are.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from strace_core.model.masks.protocol import TokenEdges
from strace_core.model.tensors import BatchedResid, GivenResid, TokenMask

Place = Int[Tensor, "batch token"]
RowVectors = Float[Tensor, "row d_model"]


@dataclass(frozen=True, eq=False)
class StateRows:
    """States of the stream at one depth: row 0 of ``vectors`` is zero, ``place`` is the row of each state.

    A row belongs to one subgraph and token, unless all subgraphs of a prompt have the same states (``are_shared``);
    then the rows are the states of one prompt after the other, token by token.
    """

    vectors: RowVectors
    place: Place
    are_shared: bool = False

    @classmethod
    def shared(cls, states: GivenResid, prompt: Int[Tensor, "batch"]) -> "StateRows":
        """The states of prompts in subgraphs: in subgraph b those of ``prompt[b]``."""
        vectors = torch.cat([states.new_zeros(1, states.shape[-1]), states.flatten(0, 1)])
        place = torch.arange(1, len(vectors), device=states.device).view(states.shape[:2])
        return cls(vectors, place[prompt], are_shared=True)

    def at(self, where: TokenMask) -> RowVectors:
        """The states at some places, subgraph by subgraph."""
        return self.vectors[self.place[where]]

    @property
    def last(self) -> BatchedResid:
        """The states at the last token, over all tokens as the final norm expects them."""
        return self.vectors[self.place[:, -1]][:, None].expand(-1, self.place.shape[1], -1)

    def kept_and_added(self, skip: TokenEdges, *added: tuple[TokenMask, RowVectors]) -> "StateRows":
        """The states where ``skip`` keeps them, zero elsewhere, and what sublayers add at their places."""
        skipped = torch.where(skip.kept, self.place, 0)
        is_state = skipped > 0
        for where, _ in added:
            is_state = is_state | where
        vectors = self.vectors[torch.cat([skipped.new_zeros(1), skipped[is_state]])]
        vectors = skip.on_rows(vectors, is_state)
        place = numbered(is_state, start=1)
        for where, rows in added:
            vectors = vectors.index_add_(0, place[where], rows)
        return StateRows(vectors, place)


@dataclass(frozen=True, eq=False)
class Packing:
    """The rows that one block's attention reads, as one sequence.

    ``row`` is where the state of a subgraph and token is in the sequence (any row, where no query needs it), ``token``
    the token of a row. ``attends`` are the queries that a kept edge needs, ``targets`` the tokens of at least one.
    ``subgraphs`` are the subgraphs that attend at all, of those in the mask.
    """

    subgraphs: Int[Tensor, "batch"]
    row: Place
    token: Int[Tensor, "row"]
    attends: TokenMask
    targets: Int[Tensor, "target"]

    @property
    def written(self) -> Int[Tensor, "query"]:
        """Rows of the queries that are needed, subgraph by subgraph; each has a row of its own."""
        return self.row[self.attends]


def pack(states: StateRows, attends: TokenMask) -> tuple[Packing, RowVectors]:
    """What attention reads for the queries ``attends``, of which there is at least one, and the sequence itself.

    A softmax sees every key up to its query, so all states up to a subgraph's last query are read. Subgraphs have rows
    in common: those that are zero, one a token, and those that all subgraphs of a prompt share.
    """
    subgraphs = attends.any(dim=1).nonzero()[:, 0]
    attends, place = attends[subgraphs], states.place[subgraphs]
    tokens = torch.arange(place.shape[1], device=place.device)
    is_read = tokens <= (attends * tokens).amax(dim=1, keepdim=True)
    has_own_row = attends if states.are_shared else is_read & ((place > 0) | attends)
    reads_common = is_read & ~has_own_row
    if states.are_shared:
        is_common = torch.zeros(len(states.vectors), dtype=torch.bool, device=place.device)
        is_common[place[reads_common]] = True
        common, common_row = is_common.nonzero()[:, 0], numbered(is_common, start=0)[place]
        token = tokens[(common - 1) % len(tokens)]
    else:
        is_common = reads_common.any(dim=0)
        token, common_row = tokens[is_common], numbered(is_common, start=0)
        common = torch.zeros_like(token)
    row = torch.where(has_own_row, numbered(has_own_row, start=len(common)), common_row)
    token = torch.cat([token, tokens.expand_as(place)[has_own_row]])
    sequence = states.vectors[torch.cat([common, place[has_own_row]])]
    return Packing(subgraphs, row, token, attends, attends.any(dim=0).nonzero()[:, 0]), sequence


def numbered(where: Bool[Tensor, "*place"], *, start: int) -> Int[Tensor, "*place"]:
    """Consecutive numbers where ``where`` is true, 0 elsewhere."""
    numbers = torch.zeros(where.shape, dtype=torch.long, device=where.device)
    numbers[where] = torch.arange(start, start + int(where.sum()), device=where.device)
    return numbers
