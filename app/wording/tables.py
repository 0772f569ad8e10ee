"""TraceResult -> tables in place of the picture: the active components and the kept edges at a size."""

from dataclasses import dataclass
from typing import Final

import pandas as pd

from strace_core import TraceResult

from .names import KIND_NAMES
from .tokens import token_label

MAX_ROWS: Final = 200
"""Rows of a table."""


@dataclass(frozen=True)
class Table:
    """The first rows of a table, and how many more there are."""

    rows: pd.DataFrame
    left_out: int

    @property
    def note(self) -> str:
        """What is not shown, in words; empty if everything is."""
        return f"{self.left_out:,} more not shown" if self.left_out else ""


def components_table(result: TraceResult, n_edges: int) -> Table:
    """Return the heads and MLPs with a kept edge in the subgraph of ``n_edges``, in the order of their first one."""
    edges = result.edges.iloc[:n_edges]
    of_components = edges[edges["kind"].isin(("attention", "mlp"))]
    parts = of_components.groupby(["layer", "head"], sort=False)
    found = parts.agg(n_positions=("target", "nunique"), n_kept=("rank", "size"), first=("rank", "min"))
    strongest = of_components.loc[parts["score"].idxmax().to_numpy()].set_index(["layer", "head"])
    found["source"] = strongest["source"].reindex(found.index)
    shown = found.reset_index().iloc[:MAX_ROWS]
    rows = pd.DataFrame(
        {
            "Block": shown["layer"].to_numpy(),
            "Part": [part_name(head) for head in shown["head"]],
            "Active at tokens": shown["n_positions"].to_numpy(),
            "Edges kept": shown["n_kept"].to_numpy(),
            "Active from size": shown["first"].to_numpy() + 1,
            "Strongest source": [placed_token(result, source) for source in shown["source"]],
        }
    )
    return Table(rows, len(found) - len(rows))


def edges_table(result: TraceResult, n_edges: int) -> Table:
    """Return the edges of the subgraph of ``n_edges``, in the order of the trace."""
    shown = result.edges.iloc[: min(n_edges, MAX_ROWS)]
    rows = pd.DataFrame(
        {
            "Rank": shown["rank"].to_numpy() + 1,
            "Kind": shown["kind"].astype(str).map(KIND_NAMES).to_numpy(),
            "Block": shown["layer"].to_numpy(),
            "Head": ["" if head < 0 else str(head) for head in shown["head"]],
            "Source": [placed_token(result, source) for source in shown["source"]],
            "Target": [placed_token(result, target) for target in shown["target"]],
            "Score": shown["score"].to_numpy(dtype=float).round(4),
        }
    )
    return Table(rows, min(n_edges, result.n_edges) - len(rows))


def part_name(head: int) -> str:
    """Return a component's name inside its block: "head 3", or "MLP" where ``head`` is negative."""
    return "MLP" if head < 0 else f"head {head}"


def placed_token(result: TraceResult, position: int) -> str:
    """Return a token of the prompt as a visible label, with its position."""
    return f"{token_label(result.prompt.token_texts[position], 20)} ({position})"
