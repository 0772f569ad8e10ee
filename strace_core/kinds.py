"""The kinds of edge: their names and codes, and a record with one value for each.

Source: section 1 of docs/method.md.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

RESIDUAL_ATTN, ATTENTION, RESIDUAL_MLP, MLP, RESIDUAL = range(5)
KINDS = ("residual_attn", "attention", "residual_mlp", "mlp", "residual")
"""Names of the kinds of edge, by kind code. ``residual`` is the one residual connection of a parallel block."""

Value = TypeVar("Value", covariant=True)
Other = TypeVar("Other")


@dataclass(frozen=True, eq=False)
class ByKind(Generic[Value]):
    """One value for each kind of edge in a block.

    A parallel block has a single residual connection: its value is ``residual_attn``, and no edge has the kind
    ``residual_mlp``.
    """

    residual_attn: Value
    attention: Value
    residual_mlp: Value
    mlp: Value

    def values(self) -> Iterator[Value]:
        """The four values, in the order of the fields."""
        return iter((self.residual_attn, self.attention, self.residual_mlp, self.mlp))

    def map(self, function: Callable[[Value], Other]) -> "ByKind[Other]":
        """The record of ``function`` applied to each value."""
        return ByKind(*map(function, self.values()))

    def zip(self, other: "ByKind[Other]") -> Iterator[tuple[Value, Other]]:
        """The values of two records side by side."""
        return zip(self.values(), other.values(), strict=True)


def kind_codes(*, parallel: bool) -> ByKind[int]:
    """The kind code of each field of a record, for a sequential or a parallel block."""
    return ByKind(RESIDUAL if parallel else RESIDUAL_ATTN, ATTENTION, RESIDUAL_MLP, MLP)
