"""Two results at a linked size: rows of overlaid curves, numbers side by side, and what the one uses and the other not.

Sizes are linked by their share of all edges, for the numbers of edges of two prompts or models do not compare.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from strace_core import TraceResult

from ..wording.numbers import density_numbers, order_number, size_numbers
from ..wording.tables import part_name
from .frames import paired_rows, rank_change, rank_of, unique_labels
from .measures import MEASURES

BOTH = "•"
"""The sign of a component that both subgraphs use."""

N_TOKENS = 5
"""Top tokens of each side that are compared."""

NOWHERE = "not among its likeliest tokens"


@dataclass(frozen=True)
class Compared:
    """Two results, A and B, and the evaluated size at which each is looked at."""

    a: TraceResult
    b: TraceResult
    size_a: int
    size_b: int

    @property
    def sides(self) -> tuple[tuple[str, TraceResult, int], ...]:
        """(name, result, size) of each."""
        return ("A", self.a, self.size_a), ("B", self.b, self.size_b)


def linked(a: TraceResult, b: TraceResult, size_a: int) -> Compared:
    """B at the evaluated size whose share of all edges is nearest to A's on a log scale; empty where A is."""
    sizes = b.curve["n_edges"].to_numpy()
    if size_a == 0:
        return Compared(a, b, size_a, int(sizes[0]))
    kept = sizes[sizes > 0]
    distance = np.abs(np.log(kept / b.n_edges) - np.log(size_a / a.n_edges))
    return Compared(a, b, size_a, int(kept[distance.argmin()]))


def overlay_frame(pair: Compared, measure: str = "tv", *, top: float = 1.0) -> pd.DataFrame:
    """A measure of both against relative size: ``run`` ("A" or "B"), ``fraction``, ``n_edges``, ``value``, ``written``,
    ``current``."""
    shown = MEASURES[measure]
    frames = []
    for name, result, size in pair.sides:
        curve = result.curve[result.curve["n_edges"] > 0]
        values = curve[shown.column].to_numpy(dtype=float)
        frames.append(
            pd.DataFrame(
                {
                    "run": name,
                    "fraction": curve["fraction"].to_numpy(),
                    "n_edges": curve["n_edges"].to_numpy(),
                    "value": np.minimum(values, top),
                    "written": [shown.written(value) for value in values],
                    "current": curve["n_edges"].to_numpy() == size,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def least_fraction(pair: Compared) -> float:
    """One edge of the larger graph, as a share: where the axis of relative sizes begins."""
    return 1 / max(pair.a.n_edges, pair.b.n_edges)


def compared_numbers(pair: Compared) -> pd.DataFrame:
    """Numbers of both side by side, with what they say. A surprisal is of each one's own top token."""
    of_a, of_b = (
        [*size_numbers(result, size), *density_numbers(result), order_number(result)] for _, result, size in pair.sides
    )
    rows = []
    for a, b in zip(of_a, of_b, strict=True):
        own = a.name != b.name
        name = "Surprisal of its top token" if own else a.name
        tokens = [f"{n.value} for {n.name.removeprefix('Surprisal of ')}" if own else n.value for n in (a, b)]
        rows.append((name, *tokens, a.meaning))
    return pd.DataFrame(rows, columns=["What", "A", "B", "What it says"])


def component_grid(pair: Compared) -> pd.DataFrame:
    """Every head and MLP that both models have, and which of the two subgraphs uses it at any token.

    Columns: ``layer``, ``head`` (-1 for the MLP), ``place`` (the head's number, or "MLP"), ``order``, ``sign`` ("A",
    "B", ``BOTH`` or ""), ``says`` (that in words).
    """
    n_layers = min(result.spec.n_layers for _, result, _ in pair.sides)
    n_heads = min(result.spec.n_heads for _, result, _ in pair.sides)
    a, b = (_in_use(result, size, n_layers, n_heads) for _, result, size in pair.sides)
    signs = np.select([a & b, a, b], [BOTH, "A", "B"], default="")
    words = {BOTH: "used by both", "A": "only in A", "B": "only in B", "": "used by neither"}
    heads = [*range(n_heads), -1]
    return pd.DataFrame(
        [
            {
                "layer": layer,
                "head": head,
                "place": "MLP" if head < 0 else str(head),
                "order": order,
                "sign": str(signs[layer, order]),
                "says": f"block {layer} {part_name(head)}: {words[str(signs[layer, order])]}",
            }
            for layer in range(n_layers)
            for order, head in enumerate(heads)
        ]
    )


def component_lists(pair: Compared) -> dict[str, list[str]]:
    """Names of the components "only in A", "only in B" and "in both", block by block."""
    grid = component_grid(pair)
    names = [f"block {row.layer} {part_name(row.head)}" for row in grid.itertuples()]
    titles = {"A": "only in A", "B": "only in B", BOTH: "in both"}
    return {
        title: [name for name, found in zip(names, grid["sign"], strict=True) if found == sign]
        for sign, title in titles.items()
    }


def differing_shapes(pair: Compared) -> str:
    """What is left out of a comparison of components because only one of the models has it; empty where nothing is."""
    a, b = pair.a.spec, pair.b.spec
    if (a.n_layers, a.n_heads) == (b.n_layers, b.n_heads):
        return ""
    return (
        f"A has {a.n_layers} blocks of {a.n_heads} heads, B {b.n_layers} of {b.n_heads}: compared are the blocks and "
        "heads with the same number in both, which need not do the same."
    )


def compared_tokens(pair: Compared) -> pd.DataFrame:
    """Top tokens of both subgraphs, as in :func:`~.frames.top_tokens_frame` with sides "A" and "B".

    Tokens of different vocabularies are the same where their texts are. A token that is not among the likeliest ones
    of the other model has no bar there.
    """
    tops = [result.top_tokens(size, k=N_TOKENS) for _, result, size in pair.sides]
    if _same_vocabulary(pair):
        keys = pd.concat(tops).drop_duplicates("token_id")["token_id"].tolist()
        texts = [pair.a.token_texts.get(key, pair.b.token_texts.get(key, "")) for key in keys]
        ids = [(key, key) for key in keys]
    else:
        texts = list(dict.fromkeys(pd.concat(tops)["text"]))
        known = [{text: key for key, text in result.token_texts.items()} for _, result, _ in pair.sides]
        ids = [(known[0].get(text), known[1].get(text)) for text in texts]
    distributions = [result.probabilities(size) for _, result, size in pair.sides]
    values = {
        name: np.array([np.nan if key[side] is None else distributions[side][key[side]] for key in ids])
        for side, name in enumerate(("A", "B"))
    }
    ranks = [tuple(_rank(q, token_id) for q, token_id in zip(distributions, key, strict=True)) for key in ids]
    rows = paired_rows(
        unique_labels(texts, [key[0] if key[0] is not None else key[1] for key in ids]),
        values,
        change=["" if of_a is None or of_b is None else rank_change(of_a, of_b) for of_a, of_b in ranks],
        explained=[", ".join(_ranked(name, rank) for name, rank in zip("AB", both, strict=True)) for both in ranks],
    )
    order = np.argsort(-np.nan_to_num(values["A"]), kind="stable")
    return rows.assign(place=rows["place"].map({int(old): new for new, old in enumerate(order)}))


def _rank(distribution: np.ndarray, token_id: int | None) -> int | None:
    return None if token_id is None else rank_of(distribution, token_id)


def _ranked(name: str, rank: int | None) -> str:
    return f"{name}: {NOWHERE if rank is None else f'rank {rank:,}'}"


def _in_use(result: TraceResult, n_edges: int, n_layers: int, n_heads: int) -> np.ndarray:
    """Which heads, and last the MLP, of each block have a kept edge at any token [layer, head + 1]."""
    heads = result.trace.head_entries[:n_layers, :n_heads] < n_edges
    return np.concatenate([heads, (result.trace.mlp_entries[:n_layers] < n_edges)[:, None]], axis=1)


def _same_vocabulary(pair: Compared) -> bool:
    a, b = pair.a, pair.b
    return (a.spec.name, a.spec.revision, a.spec.d_vocab) == (b.spec.name, b.spec.revision, b.spec.d_vocab)
