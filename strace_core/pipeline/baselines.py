"""with_baselines: other orders of the same edges, run beside a trace at the same sizes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from strace_core.evaluate.masked_forward import MaskedRun
from strace_core.evaluate.memory import check_fits
from strace_core.evaluate.reconstruction import Comparison, OnCurve, reconstruct
from strace_core.model.loaded import LoadedModel
from strace_core.pipeline.arguments import checked_baselines
from strace_core.progress import OnProgress, Progress, ignore_progress
from strace_core.result import TraceResult, TraceSettings
from strace_core.search.protocol import ScoredGraph
from strace_core.shapes import Sizes
from strace_core.trace.baselines import BASELINES, n_kept
from strace_core.trace.trace import Trace


def with_baselines(
    model: LoadedModel, result: TraceResult, names: Sequence[str], *, on_progress: OnProgress | None = None
) -> TraceResult:
    """Add baselines to a finished trace, as if they had been asked for from the start.

    Only what is missing runs.

    Args:
        model: The model that was traced.
        result: The trace.
        names: Names in ``BASELINES``.
        on_progress: Receives a stage of each baseline's name.

    Raises:
        SettingError: A name does not exist.
        ModelError: ``model`` is not the one that was traced.
    """
    result.check_is_of(model)
    missing = [name for name in checked_baselines(names) if name not in result.baselines]
    if not missing:
        return result
    sizes, report = result.curve["n_edges"].to_numpy(), on_progress or ignore_progress
    check_fits(model, len(result.prompt), n_sizes=len(sizes), n_captured=0)
    curves: dict[str, pd.DataFrame] = {}
    for name in missing:
        compared = baseline_comparison(result, result.settings, result.trace, name, sizes)
        ((curves[name], _),) = reconstruct(model, [compared], curve_report(report, name, sizes))
    return with_curves(result, curves)


def comparison(of: ScoredGraph | TraceResult, settings: TraceSettings, order: Trace, sizes: Sizes) -> Comparison:
    """What to run for the curve of one order of the edges."""
    return Comparison(MaskedRun(of.prompt.token_ids, order, sizes), of.full_logits, settings.target)


def baseline_comparison(
    of: ScoredGraph | TraceResult, settings: TraceSettings, trace: Trace, name: str, sizes: Sizes
) -> Comparison:
    """What to run for the curve of a baseline beside a trace of these sizes."""
    order = BASELINES[name](trace, of.scores, settings.seed)
    return comparison(of, settings, order, n_kept(name, trace, sizes))


def with_curves(result: TraceResult, curves: Mapping[str, pd.DataFrame]) -> TraceResult:
    """The result with further baselines: their curves by name, one row for each row of the trace's curve."""
    if not curves:
        return result
    sizes = result.curve["n_edges"].to_numpy()
    added = {name: curve.rename(columns={"n_edges": "n_kept"}).assign(n_edges=sizes) for name, curve in curves.items()}
    baselines = {**result.baselines, **added}
    return replace(result, settings=replace(result.settings, baselines=tuple(baselines)), baselines=baselines)


def curve_report(report: OnProgress, stage: str, sizes: Sizes) -> OnCurve:
    """A callback that reports, as one stage, how many rows of a curve are finished."""
    return lambda curve: report(Progress(stage, 0 if curve is None else len(curve), len(sizes), curve))
