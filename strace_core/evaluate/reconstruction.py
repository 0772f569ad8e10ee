"""Traces -> curves: run the subgraphs of every size and compare their outputs with the full model's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from strace_core.errors import NumericalError
from strace_core.evaluate.curve import build_curve
from strace_core.evaluate.masked_forward import MaskedRun, logits_of_runs
from strace_core.model.loaded import LoadedModel
from strace_core.model.self_check import OUTPUT_TOLERANCE
from strace_core.shapes import Logits, SizeLogits


@dataclass(frozen=True, eq=False)
class Comparison:
    """Subgraphs to run, and what to compare their outputs with.

    Attributes:
        run: The subgraphs.
        full_logits: Logits of the full model.
        target: A token whose surprisal to report, or None.
    """

    run: MaskedRun
    full_logits: Logits
    target: int | None


OnCurve = Callable[[pd.DataFrame | None], None]
"""Called with the finished rows of the first curve, None before there are any. Raise an exception in it to cancel."""


def reconstruct(
    model: LoadedModel, comparisons: Sequence[Comparison], on_curve: OnCurve
) -> list[tuple[pd.DataFrame, SizeLogits]]:
    """Run the subgraphs of several comparisons and compute their curves.

    Args:
        model: The model.
        comparisons: The comparisons, of prompts of equal length.
        on_curve: Called before each block and after each batch.

    Returns:
        Curve and logits of each comparison, in the order of its sizes.
    """
    runs = [comparison.run for comparison in comparisons]
    logits = [np.empty((len(run.sizes), model.spec.d_vocab), dtype=np.float32) for run in runs]
    curves: list[pd.DataFrame | None] = [None] * len(runs)

    def report() -> None:
        on_curve(curves[0])

    for parts in logits_of_runs(model, runs, before_block=report):
        for place, rows, of_part in parts:
            logits[place][rows] = of_part
            finished, so_far = _curve_of(comparisons[place], rows, of_part), curves[place]
            curves[place] = finished if so_far is None else pd.concat([so_far, finished], ignore_index=True)
        report()
    found = [(curve, rows) for curve, rows in zip(curves, logits, strict=True) if curve is not None]
    assert len(found) == len(runs), "every run has at least one size"
    return found


def _curve_of(comparison: Comparison, rows: slice, logits: SizeLogits) -> pd.DataFrame:
    run = comparison.run
    return build_curve(run.trace, run.sizes[rows], comparison.full_logits, logits, target=comparison.target)


def check_full_graph(full_graph_tv: Float[np.ndarray, "size"], model: LoadedModel) -> None:
    """Check that the full graph reproduces the model's own output.

    Raises:
        NumericalError: The total variation between them exceeds what rounding explains.
    """
    limit = OUTPUT_TOLERANCE[model.dtype_name]
    if (full_graph_tv > limit).any():
        raise NumericalError(
            f"the output of the full graph of {model.spec.name!r} is {full_graph_tv.max():.2g} in total variation from "
            f"the model's own (limit {limit} in {model.dtype_name}), so its subgraphs cannot be trusted. Load the "
            "model in float32."
        )
