"""Where the total variation falls as subgraphs grow, and how much of that is learned.

The paper reports two phases: construction from 1e-4 to 1e-2 of the edges, refinement beyond. Part of it may be
counting. Whatever a model has learned, no subgraph smaller than one path to the input can depend on the prompt, and one
smaller than the backbone lacks residual or MLP edges. Three contrasts tell the two apart:

- the random order has the same sizes and the same graph, but no choice of edges: what the trace loses in a phase beyond
  what it loses is owed to the choice;
- the order "backbone" takes the structure first: what it shares with the trace is structure;
- an untrained twin has the same graph, the same sizes and the same rule of choice, but nothing was learned: a phase
  that shows there as well is not evidence of learned computation.

The fall over a stage is of tv between its ends, straight over the logarithm of the size between evaluated sizes; as a
share of the whole fall, from the empty to the full graph, it is negative where tv rises. The complement has no place
here: it does not grow.
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

PHASES = (1e-4, 1e-2)
"""Relative sizes at which the paper's phases begin and end."""

STAGES = {
    "paper": ("below 1e-4", "construction", "refinement"),
    "structure": ("below one path", "path to backbone", "beyond backbone"),
    "connection": ("before connected", "connected to backbone", "beyond backbone"),
}
"""Stages by what divides them: the paper's sizes; edges of one path and of the backbone; where the trace connects."""

STAGE_COLUMNS = ("model", "score", "order", "by", "stage", "share", "low", "high", "n")

CONTRAST_COLUMNS = (
    "model", "score", "order", "measure", "by", "stage", "trained", "untrained", "difference", "low", "high", "n",
)  # fmt: skip

Shares = Float[np.ndarray, "run stage"]


def fall_by_stage(study: Study, *, bootstrap: Bootstrap = STANDARD) -> pd.DataFrame:
    """Share of the whole fall of tv in each ``stage``, mean over the prompts whose tv falls at all.

    ``by`` says what divides the stages (``STAGES``); the shares of one division sum to 1. ``order`` is "trace",
    "random", "backbone", and "trace - random" or "trace - backbone" for the difference of the shares, prompt by prompt.
    Only a trace says where it connects, so "connection" is of the trace alone; it ends no earlier than it begins.
    """
    aligned = align(study)
    parts = []
    found = stage_shares(aligned)
    for model, score, runs in aligned.groups():
        for (order, by), shares in (found | _differences(found)).items():
            mean = bootstrap.means(shares[runs])
            if mean.n.any():
                part = {"model": model, "score": score, "order": order, "by": by, "stage": list(STAGES[by])}
                parts.append(part | mean.named("share") | {"n": mean.n})
    return tidy(parts, STAGE_COLUMNS)


def trained_against_untrained(study: Study, *, bootstrap: Bootstrap = STANDARD) -> pd.DataFrame:
    """Each model that has an untrained twin in the study, against it, over the prompts both have.

    ``measure``: "share of fall", by stage; "half fall", log10 of the relative size at which tv has halved; and
    "auc_tv_log". ``trained`` and ``untrained`` are means over the same prompts, ``difference`` of the first less the
    second, with its interval.
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
    """By order and division, the share of the whole fall of every run in each stage; NaN where tv does not fall."""
    edges, backbone = aligned.of_run("n_edges"), aligned.of_run("n_backbone")
    connected = aligned.of_run("connected")
    limits = {
        "paper": [fraction * edges for fraction in PHASES],
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
    """Of the trace's shares less those of every other order."""
    return {
        (f"trace - {order}", by): found["trace", by] - shares
        for (order, by), shares in found.items()
        if order != "trace"
    }


def _measures(aligned: Aligned) -> dict[tuple[str, str, str, str], Float[np.ndarray, "run"]]:
    """Of every run, by order, measure, division and stage."""
    edges = aligned.of_run("n_edges")
    found = {("trace", "auc_tv_log", "", ""): aligned.of_run("auc_tv_log")}
    for order in GROWING:
        found[order, "half fall", "", ""] = np.log10(half_sizes(aligned, ORDERS[order]) / edges)
    for (order, by), shares in stage_shares(aligned).items():
        for place, stage in enumerate(STAGES[by]):
            found[order, "share of fall", by, stage] = shares[:, place]
    return found
