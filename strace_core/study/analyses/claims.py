"""What the paper claims, held against a study by rules that were fixed before there was one.

All but "recovery follows entropy", which was added once a study had been seen: see docs/findings.md.

Every claim is one number with an interval, and a limit. It holds if the whole interval is on the claim's side of the
limit, does not hold if the whole interval is on the other side, and otherwise this study cannot tell. Nor can it

- of fewer than ten prompts;
- of claims about small subgraphs, where 0.1 % of the median prompt's edges are fewer than one path to the input has:
  then no such subgraph can depend on the prompt, whatever the model.

Untrained twins are no subjects of claims; what the same number is for them stands beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from strace_core.study.analyses.agreement import model_agreement
from strace_core.study.analyses.aligned import Aligned, align
from strace_core.study.analyses.bootstrap import STANDARD, Bootstrap, Estimate
from strace_core.study.analyses.correlates import density_correlates
from strace_core.study.analyses.makeup import shares
from strace_core.study.analyses.phases import fall_by_stage, trained_against_untrained
from strace_core.study.analyses.recovery import size_by_criterion
from strace_core.study.analyses.tidy import tidy
from strace_core.study.analyses.twins import is_untrained, twin
from strace_core.study.analyses.unigram import unigram_closeness
from strace_core.study.study import Study

LEAST_PROMPTS = 10

SMALL, BUILT, REFINED = 1e-3, 1e-2, 1e-1
"""Relative sizes: of a small subgraph; where construction ends; well within refinement."""

HOLDS, FAILS, UNKNOWN = "holds", "does not hold", "undecided"

COLUMNS = (
    "claim", "statement", "model", "score", "paper", "statistic", "value", "low", "high", "untrained", "n", "verdict",
    "rule",
)  # fmt: skip

KEY = ["model", "score"]
NUMBERS = ["value", "low", "high", "n"]


@dataclass(frozen=True, eq=False)
class _Tables:
    """What claims are read from, each made once."""

    study: Study
    bootstrap: Bootstrap

    @cached_property
    def aligned(self) -> Aligned:
        return align(self.study)

    @cached_property
    def falls(self) -> pd.DataFrame:
        return fall_by_stage(self.study, bootstrap=self.bootstrap)

    @cached_property
    def twins(self) -> pd.DataFrame:
        return trained_against_untrained(self.study, bootstrap=self.bootstrap)

    @cached_property
    def correlates(self) -> pd.DataFrame:
        return density_correlates(self.study, bootstrap=self.bootstrap)

    @cached_property
    def agreement(self) -> pd.DataFrame:
        return model_agreement(self.study, bootstrap=self.bootstrap)

    @cached_property
    def unigram(self) -> pd.DataFrame:
        return unigram_closeness(self.study, [SMALL], bootstrap=self.bootstrap)

    @cached_property
    def recovery(self) -> pd.DataFrame:
        return size_by_criterion(self.study, ["top1_match"], bootstrap=self.bootstrap)

    def mean(self, values: np.ndarray) -> pd.DataFrame:
        """Mean of a number of every run, by model and score."""
        parts = []
        for model, score, runs in self.aligned.groups():
            found: Estimate = self.bootstrap.means(values[runs][:, None])
            parts.append({"model": model, "score": score, "n": found.n} | found.named("value"))
        return tidy(parts, [*KEY, *NUMBERS])


@dataclass(frozen=True)
class Claim:
    """What is said, the number that bears on it, and the limit that the number is ``above`` or below if it is true.

    ``paper`` is the paper's own figure, NaN without one. ``of_small`` marks claims about small subgraphs.
    """

    name: str
    statement: str
    statistic: str
    above: bool
    limit: float
    find: Callable[[_Tables], pd.DataFrame]
    paper: float = np.nan
    of_small: bool = False
    across_models: bool = False

    @property
    def rule(self) -> str:
        """In words."""
        sides = ("above", "below") if self.above else ("below", "above")
        rule = f"holds if the whole interval is {sides[0]} {self.limit:g}, does not hold if it is all {sides[1]}"
        rule += f"; cannot tell otherwise, and of fewer than {LEAST_PROMPTS} prompts"
        return rule + "; nor where 0.1 % of the median prompt's edges are less than one path" * self.of_small


def claims(study: Study, *, bootstrap: Bootstrap = STANDARD) -> pd.DataFrame:
    """One row for each claim and trained model and score; of agreement across models, one for each score, model "".

    ``value`` with ``low`` and ``high`` is the ``statistic``, ``paper`` the paper's figure, ``untrained`` the value of
    the model's untrained twin where the study has one; ``verdict`` follows from ``rule``. A claim that a study has no
    data for has n = 0.
    """
    tables = _Tables(study, bootstrap)
    too_small = _too_small(tables.aligned)
    subjects = [(model, score) for model, score, _ in tables.aligned.groups() if not is_untrained(model)]
    scores = list(dict.fromkeys(score for _, score in subjects))
    parts = []
    for claim in CLAIMS:
        found = claim.find(tables).set_index(KEY)[NUMBERS].T.to_dict() if subjects else {}
        nothing = dict.fromkeys(NUMBERS, np.nan) | {"n": 0}
        for key in [("", score) for score in scores] if claim.across_models else subjects:
            numbers = found.get(key, nothing)
            contrast = found.get((twin(key[0]), key[1]), nothing)["value"]
            verdict = UNKNOWN if claim.of_small and key in too_small else _verdict(claim, numbers)
            parts.append(
                {"claim": claim.name, "statement": claim.statement, "model": key[0], "score": key[1],
                 "paper": claim.paper, "statistic": claim.statistic, "untrained": contrast, "verdict": verdict,
                 "rule": claim.rule} | numbers
            )  # fmt: skip
    return tidy(parts, COLUMNS)


def _verdict(claim: Claim, numbers: dict[str, float]) -> str:
    low, high = numbers["low"], numbers["high"]
    if numbers["n"] < LEAST_PROMPTS or np.isnan(low):
        return UNKNOWN
    above, below = low > claim.limit, high < claim.limit
    if above or below:
        return HOLDS if above == claim.above else FAILS
    return UNKNOWN


def _too_small(aligned: Aligned) -> set[tuple[str, str]]:
    """Models and scores whose small subgraphs have fewer edges than one path."""
    spare = np.floor(SMALL * aligned.of_run("n_edges")) - aligned.of_run("n_path")
    return {(model, score) for model, score, runs in aligned.groups() if np.median(spare[runs]) < 0}


def _of(table: pd.DataFrame, value: str = "value", prefix: str = "", **wanted: object) -> pd.DataFrame:
    """The rows of a table with these values, as model, score, value, low, high and n."""
    for column, content in wanted.items():
        table = table[table[column] == content]
    names = {value: "value", f"{prefix}low": "low", f"{prefix}high": "high"}
    columns = [*(name for name in KEY if name in table), *names, "n"]
    return table[columns].rename(columns=names)


def _share_change(column: str) -> Callable[[_Tables], pd.DataFrame]:
    """Share of a part at the refined size less that at the built one."""

    def find(tables: _Tables) -> pd.DataFrame:
        share = shares(tables.aligned, column, np.array([BUILT, REFINED]))["share"]
        return tables.mean(share[:, 1] - share[:, 0])

    return find


def _agreement(row: str) -> Callable[[_Tables], pd.DataFrame]:
    def find(tables: _Tables) -> pd.DataFrame:
        table = tables.agreement
        return _of(table.assign(model=""), "rho", row=row, measure="auc_tv_log")

    return find


CLAIMS = (
    Claim(
        "construction",
        "From 1e-4 to 1e-2 of the edges the total variation falls faster than over the whole axis.",
        "share of the fall from 1e-4 to 1e-2; two of the axis's five decades are 0.4 of it",
        True, 0.4, lambda t: _of(t.falls, "share", order="trace", by="paper", stage="construction"), of_small=True,
    ),
    Claim(
        "refinement",
        "Beyond 1e-2 of the edges the prediction is still refined: more than a tenth of the fall is left.",
        "share of the fall from 1e-2 to 1",
        True, 0.1, lambda t: _of(t.falls, "share", order="trace", by="paper", stage="refinement"),
    ),
    Claim(
        "head first",
        "Construction recovers the head of the distribution: with 1e-2 of the edges most prompts have the full "
        "model's top token.",
        "share of prompts with the top token at 1e-2",
        True, 0.5, lambda t: t.mean(t.aligned.at("top1_match", t.aligned.rows_at_fractions(np.array([BUILT])))[:, 0]),
        of_small=True,
    ),
    Claim(
        "construction is chosen",
        "Construction is more than counting edges: the trace falls more in it than edges taken at random.",
        "share of the fall from 1e-4 to 1e-2, trace less random",
        True, 0.0, lambda t: _of(t.falls, "share", order="trace - random", by="paper", stage="construction"),
        of_small=True,
    ),
    Claim(
        "construction is learned",
        "Construction is more than the graph's: the model falls more in it than its untrained twin.",
        "share of the fall from 1e-4 to 1e-2, trained less untrained",
        True, 0.0, lambda t: _of(t.twins, "difference", order="trace", by="paper", stage="construction"),
        of_small=True,
    ),
    Claim(
        "density follows entropy",
        "The more uncertain a prediction, the more of the model it takes.",
        "Spearman of auc_tv_log and entropy",
        True, 0.0, lambda t: _of(t.correlates, "rho", density="auc_tv_log", covariate="entropy"),
    ),
    Claim(
        "density follows entropy at equal length",
        "The same, beyond what the number of tokens explains.",
        "partial Spearman of auc_tv_log and entropy given n_tokens",
        True, 0.0, lambda t: _of(t.correlates, "partial", "partial_", density="auc_tv_log", covariate="entropy"),
    ),
    Claim(
        "recovery follows entropy",
        "The more uncertain a prediction, the larger the subgraph that comes within 0.1 of it.",
        "Spearman of the relative size at tv <= 0.1 and entropy",
        True, 0.0, lambda t: _of(t.correlates, "rho", density="size at tv <= 0.1", covariate="entropy"),
    ),
    Claim(
        "models agree",
        "Models find the same prompts dense.",
        "Spearman of auc_tv_log between two models, mean over pairs",
        True, 0.0, _agreement("mean"), paper=0.515, across_models=True,
    ),
    Claim(
        "models agree least",
        "Even the two models that agree least agree.",
        "Spearman of auc_tv_log between two models, least of all pairs",
        True, 0.0, _agreement("min"), paper=0.263, across_models=True,
    ),
    Claim(
        "models agree most",
        "The two models that agree most agree.",
        "Spearman of auc_tv_log between two models, greatest of all pairs",
        True, 0.0, _agreement("max"), paper=0.711, across_models=True,
    ),
    Claim(
        "unigram first",
        "Small subgraphs predict by how frequent tokens are: nearer to the unigram distribution than the model.",
        "tv to the unigram distribution at 1e-3, less the full model's",
        False, 0.0, lambda t: _of(t.unigram, "difference", "difference_", measure="unigram_tv"), of_small=True,
    ),
    Claim(
        "unigram ranks first",
        "Small subgraphs rank tokens by how frequent they are, more so than the model.",
        "Spearman of probabilities and unigram counts at 1e-3, less the full model's",
        True, 0.0, lambda t: _of(t.unigram, "difference", "difference_", measure="unigram_rank"), of_small=True,
    ),
    Claim(
        "early layers first",
        "Small subgraphs are mostly of early layers.",
        "share of the first quarter of the blocks at 1e-3 over its share of all edges",
        True, 1.0, lambda t: t.mean(shares(t.aligned, "depth_1", np.array([SMALL]))["lift"][:, 0]), of_small=True,
    ),
    Claim(
        "later layers later",
        "Refinement adds later layers.",
        "share of the last quarter of the blocks at 1e-1 less that at 1e-2",
        True, 0.0, _share_change("depth_4"),
    ),
    Claim(
        "attention later",
        "Refinement adds more and more attention.",
        "share of attention edges at 1e-1 less that at 1e-2",
        True, 0.0, _share_change("attention"),
    ),
    Claim(
        "top token early",
        "About 0.1 % of the edges recover the top token (of models of 7 to 14 billion parameters).",
        "median relative size with the top token; within a factor of three of 0.1 %, or less",
        False, 3e-3, lambda t: _of(t.recovery, "fraction", criterion="top1_match"), paper=1e-3, of_small=True,
    ),
)  # fmt: skip
"""In the order of the table."""
