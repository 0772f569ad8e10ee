"""Grown: a trace of a prompt before any of its subgraphs is run, and what becomes of it when they are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from strace_core.evaluate import metrics
from strace_core.evaluate.masked_forward import MaskedRun
from strace_core.evaluate.reconstruction import Comparison, OnCurve, check_full_graph
from strace_core.graph.layout import EdgeLayout
from strace_core.graph.scores import score_rule
from strace_core.model.capture import Activations
from strace_core.model.loaded import LoadedModel
from strace_core.model.unembed import unembed
from strace_core.progress import OnProgress, Progress
from strace_core.prompt import Prompt, token_text
from strace_core.result import N_TOP_TOKENS, TraceResult, TraceSettings
from strace_core.shapes import EdgeScores, Logits, SizeLogits, Sizes
from strace_core.trace.baselines import BASELINES, n_kept
from strace_core.trace.growth import grow_best_first
from strace_core.trace.searches import BEST_FIRST
from strace_core.trace.trace import Stretch, Trace


@dataclass(frozen=True, eq=False)
class Grown:
    """A trace of a prompt before any of its subgraphs is run, and the full model's answer. Fields as in the result."""

    prompt: Prompt
    settings: TraceSettings
    trace: Trace
    scores: EdgeScores
    full_logits: Logits
    stretches: tuple[Stretch, ...]

    def compared(self, order: Trace, sizes: Sizes) -> Comparison:
        """What to run for the curve of an order of its edges."""
        return Comparison(MaskedRun(self.prompt.token_ids, order, sizes), self.full_logits, self.settings.target)

    def result(self, model: LoadedModel, curve: pd.DataFrame, logits: SizeLogits) -> TraceResult:
        """The result; raises NumericalError when the subgraph of all edges does not give the model's own output."""
        is_full = curve["n_edges"].to_numpy() == self.trace.layout.n_edges
        check_full_graph(curve["tv"].to_numpy()[is_full], model)
        texts = _texts_of_top_tokens(model, [self.full_logits, *logits])
        return TraceResult(
            spec=model.spec,
            prompt=self.prompt,
            settings=self.settings,
            trace=self.trace,
            scores=self.scores,
            curve=curve,
            full_logits=self.full_logits,
            logits=logits,
            token_texts=texts,
            stretches=self.stretches,
        )


def grow(
    model: LoadedModel,
    context: Prompt,
    activations: Activations,
    layout: EdgeLayout,
    settings: TraceSettings,
    report: OnProgress,
) -> Grown:
    """Score the edges and grow the trace of the prediction after ``context``, whose activations are given."""
    scoring, growing = partial(report, Progress("score", 0, 1)), partial(report, Progress("grow", 0, 1))
    scores = score_rule(settings.score)(model, activations, layout, settings.seed, scoring)
    report(Progress("score", 1, 1))
    trace = Trace(layout, grow_best_first(layout, scores, before_stretch=growing))
    report(Progress("grow", 1, 1))
    full_logits = unembed(model, activations.output[-1:])[0].cpu().numpy()
    return Grown(context, settings, trace, scores, full_logits, (Stretch(layout.n_edges, BEST_FIRST),))


def compared_baseline(grown: Grown, name: str, sizes: Sizes) -> Comparison:
    """What to run for the curve of a baseline beside a trace of these sizes."""
    order = BASELINES[name](grown.trace, grown.scores, grown.settings.seed)
    return grown.compared(order, n_kept(name, grown.trace, sizes))


def beside(result: TraceResult, curves: Mapping[str, pd.DataFrame]) -> TraceResult:
    """The result with further baselines: their curves by name, a row for each row of the trace's."""
    counts = result.curve["n_edges"].to_numpy()
    added = {name: curve.rename(columns={"n_edges": "n_kept"}).assign(n_edges=counts) for name, curve in curves.items()}
    baselines = {**result.baselines, **added}
    settings = replace(result.settings, baselines=tuple(baselines))
    return replace(result, settings=settings, baselines=baselines)


def reporting(on_progress: OnProgress, stage: str, sizes: Sizes) -> OnCurve:
    """Reports the rows of a curve that there are."""
    return lambda curve: on_progress(Progress(stage, 0 if curve is None else len(curve), len(sizes), curve))


def _texts_of_top_tokens(model: LoadedModel, rows: Iterable[Logits]) -> dict[int, str]:
    top = {int(token) for logits in rows for token in metrics.ranked_tokens(metrics.softmax(logits), N_TOP_TOKENS)}
    return {token: token_text(model.tokenizer, token) for token in sorted(top)}
