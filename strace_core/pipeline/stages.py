"""The four stages of a trace, in order: capture, score, search, evaluate."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from strace_core.evaluate import metrics
from strace_core.evaluate.density import density
from strace_core.evaluate.memory import check_capture_fits
from strace_core.evaluate.reconstruction import OnCurve, check_full_graph, reconstruct
from strace_core.evaluate.sizes import resolve_sizes
from strace_core.graph.layout import EdgeLayout
from strace_core.graph.scores import score_rule
from strace_core.model.capture import Activations, Capture
from strace_core.model.capture import capture as run_full_model
from strace_core.model.loaded import LoadedModel
from strace_core.model.unembed import unembed
from strace_core.pipeline.baselines import baseline_comparison, comparison, with_curves
from strace_core.progress import OnProgress, Progress
from strace_core.prompt import Prompt, token_text
from strace_core.result import N_TOP_TOKENS, TraceResult, TraceSettings
from strace_core.search import SEARCHES
from strace_core.search.protocol import Candidate, ScoredGraph
from strace_core.shapes import Logits, Sizes
from strace_core.trace.trace import BEST_FIRST

RunSizes = Int[np.ndarray, "run"]
"""The sizes that run, ascending: those asked for, and perhaps more."""

Curve = tuple[pd.DataFrame, Float[np.ndarray, "run d_vocab"]]
"""The curve of an order, and the logits of each of its rows."""


@dataclass(frozen=True, eq=False)
class Searched:
    """A scored graph, the settings it is traced with, and the orders a search proposes for it."""

    graph: ScoredGraph
    settings: TraceSettings
    candidates: tuple[Candidate, ...]


def capture(model: LoadedModel, prompt: Prompt, report: OnProgress) -> Capture:
    """Run the full model over a prompt and keep every block's states; reports stage "capture"."""
    check_capture_fits(model, len(prompt))
    return Capture(model.spec, prompt, run_full_model(model, prompt.token_ids, report))


def score(
    model: LoadedModel,
    activations: Activations,
    context: Prompt,
    layout: EdgeLayout,
    *,
    settings: TraceSettings,
    report: OnProgress,
) -> ScoredGraph:
    """Score every edge of the prediction after ``context``; reports stage "score"."""
    scoring = partial(report, Progress("score", 0, 1))
    scores = score_rule(settings.score)(model, activations, layout, settings.seed, scoring)
    report(Progress("score", 1, 1))
    return ScoredGraph(context, layout, scores, unembed(model, activations.output[-1:])[0].cpu().numpy())


def search(model: LoadedModel, graph: ScoredGraph, settings: TraceSettings, report: OnProgress) -> Searched:
    """Put the edges in order; reports stage "grow", and "search" where the search takes steps."""
    found = SEARCHES[settings.search].find(model, graph, effort=settings.effort, on_progress=report)
    return Searched(graph, settings, found)


def evaluate(
    model: LoadedModel,
    searched: Sequence[Searched],
    sizes: Sizes,
    on_curve: OnCurve,
    *,
    baselines: Sequence[str] = (),
) -> list[TraceResult]:
    """Run the subgraphs of every prediction in shared forward passes, and compare them with the full model.

    Of several candidates the one with the lowest density over the paper's sizes is kept, whatever sizes are asked for,
    and the curve of the last one, best-first, becomes a baseline.

    Args:
        model: The model.
        searched: Predictions of one length, from one search.
        sizes: The sizes to report.
        on_curve: Receives the rows of the first curve finished so far.
        baselines: Names of baselines to run in the same passes, for a search with a single candidate.

    Raises:
        NumericalError: The subgraph of all edges does not give the model's own output.
    """
    run = evaluated_sizes(searched[0].settings, searched[0].graph.layout.n_edges, sizes)
    comparisons = []
    for each in searched:
        comparisons += [comparison(each.graph, each.settings, order.trace, run) for order in each.candidates]
        first = each.candidates[0].trace
        comparisons += [baseline_comparison(each.graph, each.settings, first, name, run) for name in baselines]
    curves = iter(reconstruct(model, comparisons, on_curve))
    results = []
    for each in searched:
        result = _kept(model, each, [next(curves) for _ in each.candidates], run, sizes)
        results.append(with_curves(result, {name: next(curves)[0] for name in baselines}))
    return results


def evaluated_sizes(settings: TraceSettings, n_edges: int, sizes: Sizes) -> RunSizes:
    """The sizes that run: those asked for, and the paper's where candidates have to be compared."""
    if SEARCHES[settings.search].n_candidates == 1:
        return sizes
    return np.union1d(sizes, resolve_sizes("paper", n_edges))


def _kept(model: LoadedModel, each: Searched, curves: Sequence[Curve], run: RunSizes, sizes: Sizes) -> TraceResult:
    """The result of the best candidate at the sizes asked for, with the best-first curve beside it."""
    is_asked = np.isin(run, sizes)
    asked = [(curve[is_asked].reset_index(drop=True), logits[is_asked]) for curve, logits in curves]
    if len(curves) == 1:
        return _result(model, each, each.candidates[0], asked[0])
    is_paper = np.isin(run, resolve_sizes("paper", each.graph.layout.n_edges))
    densities = [density(curve[is_paper], each.graph.layout.n_edges).auc_tv_log for curve, _ in curves]
    best = int(np.argmin(densities))  # the first of equals
    return with_curves(_result(model, each, each.candidates[best], asked[best]), {BEST_FIRST: asked[-1][0]})


def _result(model: LoadedModel, each: Searched, kept: Candidate, found: Curve) -> TraceResult:
    curve, logits = found
    check_full_graph(curve.loc[curve["n_edges"] == each.graph.layout.n_edges, "tv"].to_numpy(), model)
    return TraceResult(
        spec=model.spec,
        prompt=each.graph.prompt,
        settings=each.settings,
        trace=kept.trace,
        scores=each.graph.scores,
        curve=curve,
        full_logits=each.graph.full_logits,
        logits=logits,
        token_texts=_texts_of_top_tokens(model, [each.graph.full_logits, *logits]),
        stretches=kept.stretches,
    )


def _texts_of_top_tokens(model: LoadedModel, rows: Iterable[Logits]) -> dict[int, str]:
    top = {int(token) for logits in rows for token in metrics.ranked_tokens(metrics.softmax(logits), N_TOP_TOKENS)}
    return {token: token_text(model.tokenizer, token) for token in sorted(top)}
