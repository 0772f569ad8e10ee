"""Build studies from a few columns given by hand; the rest gets defaults. Checked against the schema, like a file."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from strace_core.evaluate.sizes import resolve_sizes
from strace_core.study.schema import N_DEPTHS, RUN_KEY, RUNS, SIZES
from strace_core.study.study import Study

RUN_DEFAULTS = {
    "model": "m", "score": "l1", "search": "best-first", "group": None, "text": "", "target": None, "error": None,
    "n_tokens": 5, "n_layers": 1, "n_heads": 2, "n_edges": 100, "n_path": 2, "n_backbone": 20, "connected": 4,
    "backbone": 60, "entropy": 1.0, "top1_text": "a", "surprisal": 0.5, "target_surprisal": None, "auc_tv_log": 2.0,
    "auc_tv": 0.2,
}  # fmt: skip

SIZE_DEFAULTS = {
    "kl": 0.0, "entropy": 1.0, "surprisal": 0.5, "target_surprisal": None, "top1_match": True, "top_k_overlap": 1.0,
    "shared_nucleus": 99, "connected": True, "n_heads_active": 0, "n_mlps_active": 0, "residual_attn": 0,
    "attention": 0, "residual_mlp": 0, "mlp": 0, "residual": 0,
    **{f"depth_{part}": 0 for part in range(1, N_DEPTHS + 1)},
    "tv_random": None, "tv_backbone": None, "tv_complement": None, "tv_best_first": None, "unigram_tv": None,
    "unigram_rank": None,
}  # fmt: skip


def make_study(runs: Mapping[str, Sequence[Any]], curves: Sequence[Mapping[str, Any]] | None = None) -> Study:
    """One run per entry of the lists in ``runs``, with prompt ids p0, p1 ... by default.

    ``curves`` gives the columns of each run's sizes: lists, or one value for all rows. The default curve has the empty
    and the full graph, at TV 1 and 0. A run with an error has neither sizes nor measurements.
    """
    n_runs = len(next(iter(runs.values()), ()))
    table = pd.DataFrame({"prompt_id": [f"p{i}" for i in range(n_runs)]} | dict(runs))
    for column, default in RUN_DEFAULTS.items():
        if column not in table:
            table[column] = pd.Series([default] * n_runs, dtype=object)
    if "entries" not in table:
        n_components = [int(row.n_layers * (row.n_heads + 1)) for row in table.itertuples()]
        table["entries"] = pd.Series([[1] * n for n in n_components], dtype=object)
    failed = table["error"].notna()
    measured = [name for name in RUNS.names if name not in (*RUN_KEY, "group", "text", "target", "error")]
    table[measured] = table[measured].astype(object).where(~failed, None)
    curves = curves or [{"n_edges": [0, row.n_edges], "tv": [1.0, 0.0]} for row in table.itertuples()]
    pairs = zip(table.itertuples(), curves, strict=True)
    sizes = [_sizes(run, curve) for run, curve in pairs if run.error is None]
    empty = pd.DataFrame({name: [] for name in SIZES.names})
    return Study({}, {}, _checked(table, RUNS), _checked(pd.concat(sizes) if sizes else empty, SIZES))


def paper_counts(n_edges: int) -> list[int]:
    """Sizes of the paper's grid for a graph of ``n_edges``."""
    return [int(count) for count in resolve_sizes("paper", n_edges)]


def random_study(seed: int, models: Sequence[str] = ("a", "b"), n_prompts: int = 12, **columns: Any) -> Study:
    """A study with prompts of different lengths, curves that fall unevenly, and every column filled."""
    rng = np.random.default_rng(seed)
    runs, curves = [], []
    for model in models:
        for prompt in range(n_prompts):
            tokens = 4 + prompt % 5
            edges = 40 * tokens**2
            counts = paper_counts(edges)
            tv = {name: _falling(rng, len(counts)) for name in ("tv", "tv_random", "tv_backbone", "tv_best_first")}
            kept = np.array(counts)
            parts = {"mlp": kept // 3, "attention": kept - kept // 3, "depth_1": kept // 4, "depth_4": kept - kept // 4}
            filled = {"tv_complement": tv["tv"][::-1], "top1_match": tv["tv"] < 0.4, "shared_nucleus": 50}
            filled |= {"unigram_tv": rng.random(len(counts)), "unigram_rank": rng.random(len(counts))}
            curves.append({"n_edges": counts, **tv, **parts, **filled})
            runs.append(
                {"model": model, "prompt_id": f"q{prompt}", "n_tokens": tokens, "n_edges": edges, "n_path": 2,
                 "n_backbone": 9 * tokens, "connected": int(rng.integers(2, 30)), "backbone": edges - tokens,
                 "group": "even" if prompt % 2 else "odd", "entropy": rng.random(), "surprisal": rng.random(),
                 "target_surprisal": rng.random(), "auc_tv_log": rng.random(), "auc_tv": rng.random(),
                 "entries": rng.integers(1, edges, 3).tolist()}
            )  # fmt: skip
    table = pd.DataFrame(runs).assign(**columns)
    return make_study({name: table[name].tolist() for name in table}, curves)


def beside(one: Study, other: Study) -> Study:
    """Combine the runs of two studies."""
    pairs = ((one.runs, other.runs), (one.sizes, other.sizes))
    return Study({}, {}, *(pd.concat(pair, ignore_index=True) for pair in pairs))


def shuffled(study: Study, seed: int = 0) -> Study:
    """The same rows in another order."""
    runs, sizes = (table.sample(frac=1, random_state=seed, ignore_index=True) for table in (study.runs, study.sizes))
    return Study(study.settings, study.versions, runs, sizes)


def _sizes(run: Any, curve: Mapping[str, Any]) -> pd.DataFrame:
    n_sizes = len(curve["n_edges"])
    columns = {name: getattr(run, name) for name in RUN_KEY} | SIZE_DEFAULTS | dict(curve)
    listed = {name: value if np.ndim(value) else [value] * n_sizes for name, value in columns.items()}
    table = pd.DataFrame({name: pd.Series(list(value), dtype=object) for name, value in listed.items()})
    return table.assign(fraction=[count / run.n_edges for count in curve["n_edges"]])


def _falling(rng: np.random.Generator, n: int) -> np.ndarray:
    steps = rng.random(n)
    return 1 - (np.cumsum(steps) - steps[0]) / (steps.sum() - steps[0])


def _checked(table: pd.DataFrame, schema: pa.Schema) -> pd.DataFrame:
    """The table as it would be read from a file."""
    table = table.reset_index(drop=True).astype(object)
    columns = [pa.array(table[field.name].tolist(), type=field.type, from_pandas=True) for field in schema]
    frame: pd.DataFrame = pa.Table.from_arrays(columns, schema=schema).to_pandas()
    return frame
