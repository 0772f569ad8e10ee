"""From a grown trace to its result: run the subgraphs of its order, or first search for a better one."""

from dataclasses import replace

import numpy as np

from strace_core.evaluate.density import density
from strace_core.evaluate.reconstruction import reconstruct
from strace_core.evaluate.sizes import resolve_sizes
from strace_core.model.loaded import LoadedModel
from strace_core.pipeline.grown import Grown, beside, reporting
from strace_core.progress import OnProgress, Progress
from strace_core.result import TraceResult
from strace_core.search.guided import guided, n_steps
from strace_core.shapes import Sizes
from strace_core.trace.searches import BEST_FIRST, GUIDED


def searched(model: LoadedModel, grown: Grown, sizes: Sizes, report: OnProgress) -> TraceResult:
    """The result at these sizes, by the search that the settings ask for."""
    if grown.settings.search == GUIDED:
        return _guided(model, grown, sizes, report)
    ((curve, logits),) = reconstruct(model, [grown.compared(grown.trace, sizes)], reporting(report, "subgraphs", sizes))
    return grown.result(model, curve, logits)


def _guided(model: LoadedModel, grown: Grown, sizes: Sizes, report: OnProgress) -> TraceResult:
    """A guided search, judged beside the best-first order by the density over the paper's sizes; the better is kept.

    Whichever it is, the curve of the best-first order is among the baselines.
    """
    total = n_steps(grown.settings.effort)
    found, stretches = guided(
        model, grown.prompt.token_ids, grown.trace, grown.full_logits, total,
        before_block=lambda number: report(Progress("search", number, total)),
    )  # fmt: skip
    n_edges = found.layout.n_edges
    judged = resolve_sizes("paper", n_edges)
    run = np.union1d(sizes, judged)
    better = replace(grown, trace=found, stretches=stretches)
    (ours, logits), (theirs, their_logits) = reconstruct(
        model,
        [better.compared(found, run), grown.compared(grown.trace, run)],
        reporting(report, "subgraphs", run),
    )
    is_judged = np.isin(run, judged)  # whatever sizes are asked for: they are not to change the order
    if density(ours[is_judged], n_edges).auc_tv_log > density(theirs[is_judged], n_edges).auc_tv_log:
        better, ours, logits = grown, theirs, their_logits
    wanted = np.isin(run, sizes)
    asked, paper = (curve[wanted].reset_index(drop=True) for curve in (ours, theirs))
    return beside(better.result(model, asked, logits[wanted]), {BEST_FIRST: paper})
