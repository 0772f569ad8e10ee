"""The paper's claims: what each says, the number that tests it, and the limit. :mod:`.claims` gives the verdicts."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from strace_core.study.analyses.agreement import model_agreement
from strace_core.study.analyses.aligned import Aligned, align
from strace_core.study.analyses.bootstrap import Bootstrap
from strace_core.study.analyses.correlates import density_correlates
from strace_core.study.analyses.makeup import shares
from strace_core.study.analyses.phases import CONSTRUCTION_END, fall_by_stage, trained_against_untrained
from strace_core.study.analyses.recovery import size_by_criterion
from strace_core.study.analyses.tidy import tidy
from strace_core.study.analyses.unigram import unigram_closeness
from strace_core.study.study import Study

MIN_PROMPTS_FOR_VERDICT = 10

SMALL, REFINED = 1e-3, 1e-1
"""Relative sizes of a small subgraph, and of one well within refinement."""

SUBJECT = ["model", "score"]
NUMBERS = ["value", "low", "high", "n"]


@dataclass(frozen=True, eq=False)
class ClaimTables:
    """The analyses that claims draw on, each computed once."""

    study: Study
    bootstrap: Bootstrap

    @cached_property
    def aligned(self) -> Aligned:
        """The aligned tables of the study."""
        return align(self.study)

    @cached_property
    def falls(self) -> pd.DataFrame:
        """The table of ``fall_by_stage``."""
        return fall_by_stage(self.study, bootstrap=self.bootstrap)

    @cached_property
    def twins(self) -> pd.DataFrame:
        """The table of ``trained_against_untrained``."""
        return trained_against_untrained(self.study, bootstrap=self.bootstrap)

    @cached_property
    def correlates(self) -> pd.DataFrame:
        """The table of ``density_correlates``."""
        return density_correlates(self.study, bootstrap=self.bootstrap)

    @cached_property
    def agreement(self) -> pd.DataFrame:
        """The table of ``model_agreement``."""
        return model_agreement(self.study, bootstrap=self.bootstrap)

    @cached_property
    def unigram(self) -> pd.DataFrame:
        """The table of ``unigram_closeness`` for small subgraphs."""
        return unigram_closeness(self.study, [SMALL], bootstrap=self.bootstrap)

    @cached_property
    def recovery(self) -> pd.DataFrame:
        """The table of ``size_by_criterion`` for the top token."""
        return size_by_criterion(self.study, ["top1_match"], bootstrap=self.bootstrap)

    def mean(self, values: np.ndarray) -> pd.DataFrame:
        """Estimate the mean over runs of one number per run, by model and score rule."""
        parts = []
        for model, score, runs in self.aligned.groups():
            found = self.bootstrap.means(values[runs][:, None])
            parts.append({"model": model, "score": score, "n": found.n} | found.named("value"))
        return tidy(parts, [*SUBJECT, *NUMBERS])


@dataclass(frozen=True)
class Claim:
    """One claim: a statement, the number that tests it, and the limit.

    Attributes:
        name: short name.
        statement: the claim as a sentence.
        statistic: what the number is.
        above: whether the claim's side is above the limit or below it.
        limit: the limit.
        find: computes the number by model and score rule, from the analyses.
        paper: the paper's own figure; NaN without one.
        of_small: whether the claim is about small subgraphs.
        across_models: whether the number compares models, so that there is one per score rule.
    """

    name: str
    statement: str
    statistic: str
    above: bool
    limit: float
    find: Callable[[ClaimTables], pd.DataFrame]
    paper: float = np.nan
    of_small: bool = False
    across_models: bool = False

    @property
    def rule(self) -> str:
        """The rule for the verdict, as a phrase that continues "The claim"."""
        sides = ("above", "below") if self.above else ("below", "above")
        rule = f"holds where the whole interval lies {sides[0]} {self.limit:g}; does not hold where it lies {sides[1]}"
        rule += f"; otherwise undecided, as with fewer than {MIN_PROMPTS_FOR_VERDICT} prompts"
        return rule + ", or where 0.1 % of the median prompt's edges is less than one path" * self.of_small


def _of(table: pd.DataFrame, value: str = "value", prefix: str = "", **wanted: object) -> pd.DataFrame:
    """Select the rows with the ``wanted`` values, as columns model, score, value, low, high and n."""
    for column, content in wanted.items():
        table = table[table[column] == content]
    names = {value: "value", f"{prefix}low": "low", f"{prefix}high": "high"}
    columns = [*(name for name in SUBJECT if name in table), *names, "n"]
    return table[columns].rename(columns=names)


def _top1_match_at(aligned: Aligned, fraction: float) -> np.ndarray:
    """Whether every run's subgraph of a relative size has the full model's top token."""
    return aligned.at("top1_match", aligned.rows_at_fractions(np.array([fraction])))[:, 0]


def _share_change(column: str) -> Callable[[ClaimTables], pd.DataFrame]:
    """Change in the share of a part from the end of construction to a size within refinement."""

    def find(tables: ClaimTables) -> pd.DataFrame:
        share = shares(tables.aligned, column, np.array([CONSTRUCTION_END, REFINED]))["share"]
        return tables.mean(share[:, 1] - share[:, 0])

    return find


def _agreement(row: str) -> Callable[[ClaimTables], pd.DataFrame]:
    def find(tables: ClaimTables) -> pd.DataFrame:
        table = tables.agreement
        return _of(table.assign(model=""), "rho", row=row, measure="auc_tv_log")

    return find


CLAIMS = (
    Claim(
        "construction",
        "From 1e-4 to 1e-2 of the edges, TV falls faster than on average over the whole axis.",
        "share of the fall from 1e-4 to 1e-2; an even fall over the five decades would give 0.4",
        True, 0.4, lambda t: _of(t.falls, "share", order="trace", by="paper", stage="construction"), of_small=True,
    ),
    Claim(
        "refinement",
        "Refinement continues beyond 1e-2 of the edges: more than a tenth of the fall is still to come.",
        "share of the fall from 1e-2 to 1",
        True, 0.1, lambda t: _of(t.falls, "share", order="trace", by="paper", stage="refinement"),
    ),
    Claim(
        "head first",
        "Construction recovers the head of the distribution: with 1e-2 of the edges, most prompts yield the full "
        "model's top token.",
        "share of prompts with the full model's top token at 1e-2",
        True, 0.5, lambda t: t.mean(_top1_match_at(t.aligned, CONSTRUCTION_END)), of_small=True,
    ),
    Claim(
        "construction is chosen",
        "Construction depends on which edges are kept: the trace falls more in it than random edges do.",
        "share of the fall from 1e-4 to 1e-2, trace minus random",
        True, 0.0, lambda t: _of(t.falls, "share", order="trace - random", by="paper", stage="construction"),
        of_small=True,
    ),
    Claim(
        "construction is learned",
        "Construction is learned: the model falls more in it than its untrained twin does.",
        "share of the fall from 1e-4 to 1e-2, trained minus untrained",
        True, 0.0, lambda t: _of(t.twins, "difference", order="trace", by="paper", stage="construction"),
        of_small=True,
    ),
    Claim(
        "density follows entropy",
        "The more uncertain the prediction, the more of the model it takes.",
        "Spearman correlation of auc_tv_log and entropy",
        True, 0.0, lambda t: _of(t.correlates, "rho", density="auc_tv_log", covariate="entropy"),
    ),
    Claim(
        "density follows entropy at equal length",
        "The same holds at equal length, beyond what the number of tokens explains.",
        "partial Spearman correlation of auc_tv_log and entropy given n_tokens",
        True, 0.0, lambda t: _of(t.correlates, "partial", "partial_", density="auc_tv_log", covariate="entropy"),
    ),
    Claim(
        "recovery follows entropy",
        "The more uncertain the prediction, the larger the subgraph that comes within TV 0.1 of it.",
        "Spearman correlation of the relative size at TV <= 0.1 and entropy",
        True, 0.0, lambda t: _of(t.correlates, "rho", density="size at tv <= 0.1", covariate="entropy"),
    ),
    Claim(
        "models agree",
        "Models agree on which prompts are dense.",
        "Spearman correlation of auc_tv_log between two models, mean over pairs",
        True, 0.0, _agreement("mean"), paper=0.515, across_models=True,
    ),
    Claim(
        "models agree least",
        "Even the two models that agree least agree.",
        "Spearman correlation of auc_tv_log between two models, smallest over pairs",
        True, 0.0, _agreement("min"), paper=0.263, across_models=True,
    ),
    Claim(
        "models agree most",
        "The two models that agree most do agree.",
        "Spearman correlation of auc_tv_log between two models, largest over pairs",
        True, 0.0, _agreement("max"), paper=0.711, across_models=True,
    ),
    Claim(
        "unigram first",
        "Small subgraphs predict tokens by frequency: they are closer to the unigram distribution than the full model.",
        "TV from the unigram distribution at 1e-3, minus the full model's",
        False, 0.0, lambda t: _of(t.unigram, "difference", "difference_", measure="unigram_tv"), of_small=True,
    ),
    Claim(
        "unigram ranks first",
        "Small subgraphs rank tokens by frequency, more so than the full model.",
        "Spearman correlation of probabilities and unigram counts at 1e-3, minus the full model's",
        True, 0.0, lambda t: _of(t.unigram, "difference", "difference_", measure="unigram_rank"), of_small=True,
    ),
    Claim(
        "early layers first",
        "Small subgraphs favour early layers.",
        "share of the first quarter of the blocks at 1e-3, over its share of all edges",
        True, 1.0, lambda t: t.mean(shares(t.aligned, "depth_1", np.array([SMALL]))["lift"][:, 0]), of_small=True,
    ),
    Claim(
        "later layers later",
        "Refinement adds later layers.",
        "share of the last quarter of the blocks at 1e-1, minus that at 1e-2",
        True, 0.0, _share_change("depth_4"),
    ),
    Claim(
        "attention later",
        "Refinement adds attention in growing proportion.",
        "share of attention edges at 1e-1, minus that at 1e-2",
        True, 0.0, _share_change("attention"),
    ),
    Claim(
        "top token early",
        "About 0.1 % of the edges recovers the top token (in models of 7 to 14 billion parameters).",
        "median relative size that recovers the top token; the limit is three times 0.1 %",
        False, 3e-3, lambda t: _of(t.recovery, "fraction", criterion="top1_match"), paper=1e-3, of_small=True,
    ),
)  # fmt: skip
"""All claims, in the order of the table."""
