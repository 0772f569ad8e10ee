"""Turn a trace into rows of a study's tables."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from jaxtyping import Int

from strace_core.evaluate import metrics
from strace_core.kinds import ATTENTION, KINDS
from strace_core.result import TraceResult
from strace_core.study.prompts import StudyPrompt
from strace_core.study.schema import N_DEPTHS, RUN_KEY, RUNS, SIZES
from strace_core.study.unigrams import Unigrams, closeness_to_unigrams

RunKey = tuple[str, str, str, str]
"""(model, score, search, prompt_id)"""


@dataclass(frozen=True, eq=False)
class FinishedRun:
    """One run as table rows: exactly one of ``runs``, any number of ``sizes``."""

    run: pa.Table
    sizes: pa.Table

    @property
    def key(self) -> RunKey:
        """The run's key: model, score rule, search and prompt id."""
        model, score, search, prompt_id = (self.run[name][0].as_py() for name in RUN_KEY)
        return model, score, search, prompt_id

    @property
    def error(self) -> str | None:
        """Why the prompt could not be traced; None if it was."""
        found: str | None = self.run["error"][0].as_py()
        return found


def traced_run(prompt: StudyPrompt, model: str, result: TraceResult, unigrams: Unigrams | None) -> FinishedRun:
    """Build the rows of a prompt that was traced.

    Args:
        prompt: the prompt as the study was given it.
        model: the model's name in the study.
        result: the trace.
        unigrams: the model's token counts; None leaves the unigram columns empty.
    """
    layout, trace = result.layout, result.trace
    p = metrics.softmax(result.full_logits)
    top = int(metrics.ranked_tokens(p, 1)[0])
    target = result.settings.target
    row = _described(prompt, _key(prompt, model, result)) | {
        "n_tokens": layout.n_tokens,
        "n_layers": layout.n_layers,
        "n_heads": layout.n_heads,
        "n_edges": layout.n_edges,
        "n_path": layout.n_path_edges,
        "n_backbone": int((layout.kind != ATTENTION).sum()),
        "connected": trace.connected,
        "backbone": trace.backbone,
        "entropy": float(metrics.entropy(p)),
        "top1_text": result.token_texts[top],
        "surprisal": float(metrics.surprisal(p, top)),
        "target_surprisal": None if target is None else float(metrics.surprisal(p, target)),
        "auc_tv_log": result.density.auc_tv_log,
        "auc_tv": result.density.auc_tv,
        "entries": _entries(result),
    }
    return FinishedRun(_one_row(row), _size_rows(prompt, model, result, unigrams))


def failed_run(prompt: StudyPrompt, model: str, score: str, search: str, error: BaseException) -> FinishedRun:
    """Build the row of a prompt that could not be traced; ``error`` says why."""
    message = str(error).strip() or type(error).__name__
    row = _described(prompt, (model, score, search, prompt.id)) | {"error": message}
    return FinishedRun(_one_row(row), SIZES.empty_table())


def _key(prompt: StudyPrompt, model: str, result: TraceResult) -> RunKey:
    return model, result.settings.score, result.settings.search, prompt.id


def _described(prompt: StudyPrompt, key: RunKey) -> dict[str, Any]:
    return dict(zip(RUN_KEY, key, strict=True)) | {"group": prompt.group, "text": prompt.text, "target": prompt.target}


def _one_row(row: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist([row], schema=RUNS)


def _entries(result: TraceResult) -> list[int]:
    """Sizes at which components become active: block by block, heads first, then the MLP."""
    ranks = np.column_stack([result.trace.head_entries, result.trace.mlp_entries])
    entries: list[int] = (ranks.ravel() + 1).tolist()
    return entries


def _size_rows(prompt: StudyPrompt, model: str, result: TraceResult, unigrams: Unigrams | None) -> pa.Table:
    curve = result.curve
    n_rows = len(curve)
    columns: dict[str, Any] = {
        name: [value] * n_rows for name, value in zip(RUN_KEY, _key(prompt, model, result), strict=True)
    }
    columns |= {name: curve[name].to_numpy() for name in SIZES.names if name in curve}
    columns |= {kind: np.zeros(n_rows, np.int64) for kind in KINDS if kind not in curve}
    columns |= _by_depth(result)
    baselines = {name.replace("-", "_"): baseline["tv"] for name, baseline in result.baselines.items()}
    columns |= {f"tv_{name}": tv.to_numpy() for name, tv in baselines.items()}
    if unigrams is not None:
        tv, rank = closeness_to_unigrams(unigrams, metrics.softmax(result.logits))
        columns |= {"unigram_tv": tv, "unigram_rank": [None if math.isnan(value) else value for value in rank]}
    arrays = [pa.array(columns.get(field.name, [None] * n_rows)).cast(field.type) for field in SIZES]
    return pa.Table.from_arrays(arrays, schema=SIZES)


def _by_depth(result: TraceResult) -> dict[str, Int[np.ndarray, "size"]]:
    """Count the kept edges at each size, by quarter of the blocks."""
    by_block = result.composition("block")
    part = by_block["layer"] * N_DEPTHS // result.layout.n_layers + 1
    table = by_block.assign(part=part).pivot_table(index="n_edges", columns="part", values="n_kept", aggfunc="sum")
    table = table.reindex(index=result.curve["n_edges"], columns=range(1, N_DEPTHS + 1), fill_value=0)
    return {f"depth_{number}": table[number].to_numpy() for number in table}
