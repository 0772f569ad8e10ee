"""Where TV falls as subgraphs grow, and how much of the fall is learned.

The paper reports two phases: construction from 1e-4 to 1e-2 of the edges, and refinement beyond. Part of this may be
graph structure alone. Whatever a model has learned, a subgraph smaller than one path to the input cannot depend on the
prompt, and one smaller than the backbone lacks residual or MLP edges. Three contrasts separate the two:

- The random order has the same sizes and graph but does not choose edges: what the trace gains over it in a phase is
  owed to the choice.
- The backbone order takes structure first: what it shares with the trace is structure.
- An untrained twin has the same graph, sizes and selection rule but has learned nothing: a phase that it shows too is
  no evidence of learned computation.

The fall over a stage is the drop in TV between its ends, interpolated over the logarithm of the size, as a share of
the whole fall from the empty to the full graph. It is negative where TV rises. The complement is left out: it does not
grow.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from jaxtyping import Float

from strace_core.study.analyses.aligned import Aligned, align
from strace_core.study.analyses.bootstrap import STANDARD, Bootstrap
from strace_core.study.analyses.curves import GROWING, ORDERS, interpolated
from strace_core.study.analyses.half_fall import half_sizes
from strace_core.study.analyses.tidy import tidy
from strace_core.study.analyses.twins import is_untrained, twin
from strace_core.study.study import Study

CONSTRUCTION_START, CONSTRUCTION_END = 1e-4, 1e-2
"""Relative sizes between which the paper sees construction; refinement follows."""

FALL_STAGES = {
    "paper": ("below 1e-4", "construction", "refinement"),
    "structure": ("below one path", "path to backbone", "beyond backbone"),
    "connection": ("before connected", "connected to backbone", "beyond backbone"),
}
"""Stages by what delimits them: the paper's sizes; a path's and the backbone's size; where the trace connects."""

STAGE_COLUMNS = ("model", "score", "order", "by", "stage", "share", "low", "high", "n")

CONTRAST_COLUMNS = (
    "model", "score", "order", "measure", "by", "stage", "trained", "untrained", "difference", "low", "high", "n",
)  # fmt: skip

Shares = Float[np.ndarray, "run stage"]


def fall_by_stage(study: Study, *, bootstrap: Bootstrap = STANDARD) -> pd.DataFrame:
    """Share of the whole fall of TV in each ``stage``, averaged over the prompts whose TV falls at all.

    ``by`` is what delimits the stages, a key of ``FALL_STAGES``; the shares of one division sum to 1. ``order`` is
    "trace", "random" or "backbone", or "trace - random" or "trace - backbone" for the prompt-by-prompt difference of
    shares. "connection" exists for the trace only.
    """
    aligned = align(study)
    parts = []
    found = stage_shares(aligned)
    for model, score, runs in aligned.groups():
        for (order, by), shares in (found | _differences(found)).items():
            mean = bootstrap.means(shares[runs])
            if mean.n.any():
                part = {"model": model, "score": score, "order": order, "by": by, "stage": list(FALL_STAGES[by])}
                parts.append(part | mean.named("share") | {"n": mean.n})
    return tidy(parts, STAGE_COLUMNS)


def trained_against_untrained(study: Study, *, bootstrap: Bootstrap = STANDARD) -> pd.DataFrame:
    """Compare each model with its untrained twin over the prompts they share.

    ``measure`` is "share of fall" (by stage), "half fall" (log10 of the relative size at which TV has halved) or
    "auc_tv_log". ``trained`` and ``untrained`` are means over the same prompts; ``difference`` is trained minus
    untrained, with its interval.
    """
    aligned = align(study)
    measures = _measures(aligned)
    prompts = aligned.runs["prompt_id"].to_numpy(object)
    places = {(model, score): runs for model, score, runs in aligned.groups()}
    parts = []
    for (model, score), runs in places.items():
        other = places.get((twin(model), score))
        if is_untrained(model) or other is None:
            continue
        _, mine, its = np.intersect1d(prompts[runs].astype(str), prompts[other].astype(str), return_indices=True)
        for (order, measure, by, stage), values in measures.items():
            trained, untrained = values[runs][mine], values[other][its]
            both = ~np.isnan(trained - untrained)
            if both.any():
                table = np.stack([trained, untrained, trained - untrained], axis=1)[both]
                found = bootstrap.means(table)
                part = {"model": model, "score": score, "order": order, "measure": measure, "by": by, "stage": stage}
                part |= dict(zip(("trained", "untrained", "difference"), found.value, strict=True))
                parts.append(part | {"low": found.low[2], "high": found.high[2], "n": found.n[2]})
    return tidy(parts, CONTRAST_COLUMNS)


def stage_shares(aligned: Aligned) -> dict[tuple[str, str], Shares]:
    """Share of every run's fall in each stage, by order and division; NaN where TV does not fall."""
    edges, backbone = aligned.of_run("n_edges"), aligned.of_run("n_backbone")
    connected = aligned.of_run("connected")
    limits = {
        "paper": [CONSTRUCTION_START * edges, CONSTRUCTION_END * edges],
        "structure": [aligned.of_run("n_path"), backbone],
        "connection": [connected, np.maximum(connected, backbone)],
    }
    found = {}
    for order in GROWING:
        for by, (start, stop) in limits.items():
            if by != "connection" or order == "trace":
                at = np.stack([np.zeros_like(edges), start, stop, edges], axis=1)
                tv = interpolated(aligned, ORDERS[order], at)
                whole = tv[:, :1] - tv[:, -1:]
                found[order, by] = -np.diff(tv, axis=1) / np.where(whole > 0, whole, np.nan)
    return found


def _differences(found: Mapping[tuple[str, str], Shares]) -> dict[tuple[str, str], Shares]:
    """The trace's shares minus those of every other order."""
    return {
        (f"trace - {order}", by): found["trace", by] - shares
        for (order, by), shares in found.items()
        if order != "trace"
    }


def _measures(aligned: Aligned) -> dict[tuple[str, str, str, str], Float[np.ndarray, "run"]]:
    """Every measure of every run, by order, measure, division and stage."""
    edges = aligned.of_run("n_edges")
    found = {("trace", "auc_tv_log", "", ""): aligned.of_run("auc_tv_log")}
    for order in GROWING:
        found[order, "half fall", "", ""] = np.log10(half_sizes(aligned, ORDERS[order]) / edges)
    for (order, by), shares in stage_shares(aligned).items():
        for place, stage in enumerate(FALL_STAGES[by]):
            found[order, "share of fall", by, stage] = shares[:, place]
    return found
