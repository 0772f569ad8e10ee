"""TraceResult: everything a trace found, as tables, arrays and graphs. It needs neither model nor tokenizer."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from strace_core.errors import ModelError, SettingError, SizeError
from strace_core.evaluate import metrics
from strace_core.evaluate.composition import composition
from strace_core.evaluate.density import Density, density, recovery_sizes
from strace_core.evaluate.sizes import resolve_sizes
from strace_core.graph.layout import EdgeLayout
from strace_core.kinds import KINDS
from strace_core.model.spec import ModelSpec
from strace_core.prompt import Prompt
from strace_core.shapes import Distribution, EdgeScores, Logits, SizeLogits
from strace_core.trace.trace import BEST_FIRST, Stretch, Trace

if TYPE_CHECKING:
    import networkx as nx

    from strace_core.model.loaded import LoadedModel

N_TOP_TOKENS = 20
"""Top tokens of every row of the curve whose text the result stores."""

BYTES_OF_AN_EDGE = 60
"""Approximate memory per edge of the layout's columns and the table of edges."""


@dataclass(frozen=True)
class TraceSettings:
    """How a trace was made.

    Attributes:
        score: Name of the score rule.
        seed: Seed of the random score rule and the random baselines.
        target: Id of the token whose surprisal was asked for, if any.
        baselines: Names of the baselines, in the order they were run.
        search: Name of the search.
        effort: Effort of the search; 1 is the default.
    """

    score: str
    seed: int
    target: int | None = None
    baselines: tuple[str, ...] = ()
    search: str = BEST_FIRST
    effort: float = 1.0


@dataclass(frozen=True, eq=False)
class TraceResult:
    """One traced prediction.

    Attributes:
        spec: Name and dimensions of the model.
        prompt: The context, up to and including the traced position.
        settings: How the trace was made.
        trace: All reachable edges in order of inclusion.
        scores: Score of every edge, by edge id.
        curve: One row per evaluated size; see :func:`~strace_core.evaluate.curve.build_curve`.
        full_logits: The full model's next-token logits, [d_vocab].
        logits: Each subgraph's next-token logits, [size, d_vocab], in the order of ``curve``.
        token_texts: Text of every token that ``top_tokens`` can return, by id.
        stretches: Which search chose each part of the order.
        baselines: Curves by name of the baseline, row for row beside ``curve``, with its columns and ``n_kept``, the
            number of edges the baseline keeps there. A guided trace has the best-first curve among them.
    """

    spec: ModelSpec
    prompt: Prompt
    settings: TraceSettings
    trace: Trace
    scores: EdgeScores
    curve: pd.DataFrame
    full_logits: Logits
    logits: SizeLogits
    token_texts: Mapping[int, str]
    stretches: tuple[Stretch, ...]
    baselines: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def layout(self) -> EdgeLayout:
        """Index arithmetic of the graph's edges."""
        return self.trace.layout

    @property
    def n_edges(self) -> int:
        """Reachable edges of the full graph, E."""
        return self.layout.n_edges

    @cached_property
    def id(self) -> str:
        """A digest of model, token ids, settings and sizes: equal for equal requests."""
        request = [vars(self.spec), self.prompt.token_ids, vars(self.settings), self.curve["n_edges"].tolist()]
        return hashlib.sha256(json.dumps(request).encode()).hexdigest()[:16]

    def check_is_of(self, model: "LoadedModel") -> None:
        """Raise ModelError if ``model`` is not the one that was traced."""
        if self.spec != model.spec:
            raise ModelError(
                f"the trace is of {self.spec.name!r} and is used with {model.spec.name!r}; use the model it is of."
            )

    @property
    def n_bytes(self) -> int:
        """Memory of this result once all its tables are made, in bytes."""
        arrays = (self.trace.order, self.trace.rank, self.scores, self.full_logits, self.logits)
        tables = (self.curve, *self.baselines.values())
        return (
            sum(array.nbytes for array in arrays)
            + sum(int(table.memory_usage().sum()) for table in tables)
            + BYTES_OF_AN_EDGE * self.n_edges
        )

    @cached_property
    def density(self) -> Density:
        """Areas under the curve of total variation. Raises SettingError without the empty and the full graph."""
        return density(self.curve, self.n_edges)

    def density_of(self, baseline: str) -> Density:
        """The same areas under the curve of one of ``baselines``. Raises SettingError as ``density`` does."""
        return density(self.baselines[baseline], self.n_edges)

    @cached_property
    def recovery(self) -> pd.DataFrame:
        """The sizes at which the output is recovered, by criterion.

        See :func:`~strace_core.evaluate.density.recovery_sizes`.
        """
        return recovery_sizes(self.curve, self.n_edges)

    @property
    def marks(self) -> dict[str, int]:
        """The sizes at which the trace is first ``connected`` to the input and first holds the whole ``backbone``."""
        return {"connected": self.trace.connected, "backbone": self.trace.backbone}

    def composition(self, by: str = "kind") -> pd.DataFrame:
        """Kept edges at each evaluated size, by "kind", "block" or "component".

        See :func:`~strace_core.evaluate.composition.composition`.
        """
        return composition(self.trace, self.curve["n_edges"].to_numpy(), by)

    @cached_property
    def edges(self) -> pd.DataFrame:
        """All reachable edges, one row each, in order of inclusion; the index is the edge id.

        Columns: ``kind``, ``layer``, ``head`` (-1 if none), ``source``, ``target``, ``score`` and ``rank``, from 0. The
        subgraph of size n holds the rows with rank < n.
        """
        layout, order = self.layout, self.trace.order
        return pd.DataFrame(
            {
                "kind": pd.Categorical.from_codes(layout.kind[order], list(KINDS)).remove_unused_categories(),
                "layer": layout.layer[order],
                "head": layout.head[order],
                "source": layout.source[order],
                "target": layout.target[order],
                "score": self.scores[order],
                "rank": np.arange(layout.n_edges),
            },
            index=pd.Index(order, name="edge"),
        )

    def top_tokens(self, n_edges: int | None = None, k: int = 10) -> pd.DataFrame:
        """The ``k`` most likely next tokens of the subgraph of an evaluated size, or of the full model.

        Columns ``token_id``, ``text``, ``probability``; most likely first. Raises SizeError for a size without a row in
        the curve, SettingError for a ``k`` outside 1 to 20.
        """
        if not 1 <= k <= N_TOP_TOKENS:
            raise SettingError(f"k = {k!r} is outside 1 to {N_TOP_TOKENS}; more tokens are in probabilities().")
        probabilities = self.probabilities(n_edges)
        top = metrics.ranked_tokens(probabilities, k)
        texts = [self.token_texts.get(int(token_id), f"#{token_id}") for token_id in top]
        return pd.DataFrame({"token_id": top, "text": texts, "probability": probabilities[top]})

    def probabilities(self, n_edges: int | None = None) -> Distribution:
        """Next-token distribution [d_vocab] of the subgraph of an evaluated size, or of the full model."""
        return metrics.softmax(self.full_logits if n_edges is None else self.logits[self.row(n_edges)])

    def row(self, n_edges: int) -> int:
        """The row of an evaluated size in the curve; raises SizeError for any other size."""
        rows = np.flatnonzero(self.curve["n_edges"] == n_edges)
        if not rows.size:
            raise SizeError(f"no subgraph of {n_edges} edges was run; the sizes run are in curve['n_edges'].")
        return int(rows[0])

    def subgraph(self, n_edges: int) -> "nx.MultiDiGraph[Any]":
        """The subgraph of any size from 0 to E, with the output node and every node an edge touches.

        Nodes are (depth, token position), with attributes ``depth``, ``token`` and ``text``. Edges have the columns of
        ``edges`` as attributes. Raises SizeError out of range.
        """
        import networkx as nx  # most uses of a result need no graph library

        (n_edges,) = resolve_sizes([n_edges], self.n_edges).tolist()
        graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph(n_edges=n_edges, n_edges_full=self.n_edges)
        self._add_node(graph, self.layout.output_node)
        for row in self.edges.iloc[:n_edges].itertuples():
            source = self._add_node(graph, self.layout.source_node[row.Index])
            target = self._add_node(graph, self.layout.target_node[row.Index])
            attributes: dict[str, Any] = {name: getattr(row, name) for name in self.edges.columns}
            graph.add_edge(source, target, key=row.Index, **attributes)
        return graph

    def _add_node(self, graph: "nx.MultiDiGraph[Any]", node: int) -> tuple[int, int]:
        depth, token = self.layout.node_position(int(node))
        graph.add_node((depth, token), depth=depth, token=token, text=self.prompt.token_texts[token])
        return depth, token

    def __repr__(self) -> str:
        answer = self.top_tokens(k=1).iloc[0]
        return (
            f"TraceResult({self.spec.name!r}, {len(self.prompt)} tokens, {self.n_edges:,} edges, "
            f"{len(self.curve)} sizes, next token {answer.text!r} at {answer.probability:.2f})"
        )

    def _repr_html_(self) -> str:
        answers = self.top_tokens(k=3).itertuples()
        facts = {
            "model": self.spec.name,
            "prompt": "".join(self.prompt.token_texts),
            "next token": ", ".join(f"{answer.text!r} {answer.probability:.2f}" for answer in answers),
            "edges": f"{self.n_edges:,}",
            **{name: f"{size:,} edges" for name, size in self.marks.items()},
        }
        for criterion in ("tv <= 0.5", "tv <= 0.1", "top1_match"):
            size = self.recovery.at[criterion, "n_edges"]
            facts[criterion] = "at no size run" if size is pd.NA else f"{size:,} edges"
        rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts.items())
        return f"<table>{rows}</table>"
