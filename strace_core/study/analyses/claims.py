"""Test the paper's claims on a study, by rules that were fixed before the study was run.

The one exception is "recovery follows entropy", added after a first look; see docs/findings.md.

A claim is a number with an interval, and a limit. It holds where the whole interval lies on the claim's side of the
limit; it does not hold where the whole interval lies on the other side; otherwise it is undecided. It is also undecided

- with fewer than ten prompts;
- for claims about small subgraphs, where 0.1 % of the median prompt's edges is less than one path to the input: no
  subgraph that small can depend on the prompt, whatever the model.

Untrained twins are not tested themselves; their value of the same number is reported beside it.
"""

import numpy as np
import pandas as pd

from strace_core.study.analyses.aligned import Aligned
from strace_core.study.analyses.bootstrap import STANDARD, Bootstrap
from strace_core.study.analyses.paper_claims import (
    CLAIMS,
    MIN_PROMPTS_FOR_VERDICT,
    NUMBERS,
    SMALL,
    SUBJECT,
    Claim,
    ClaimTables,
)
from strace_core.study.analyses.tidy import tidy
from strace_core.study.analyses.twins import is_untrained, twin
from strace_core.study.study import Study

HOLDS, FAILS, UNDECIDED = "holds", "does not hold", "undecided"
"""The verdicts."""

CLAIM_COLUMNS = (
    "claim", "statement", "model", "score", "paper", "statistic", "value", "low", "high", "untrained", "n", "verdict",
    "rule",
)  # fmt: skip


def claims(study: Study, *, bootstrap: Bootstrap = STANDARD) -> pd.DataFrame:
    """Test every claim for every trained model and score rule.

    Claims about agreement across models have one row per score rule, with model "".

    Columns:

    - ``value``, ``low``, ``high``: the ``statistic`` and its interval.
    - ``paper``: the paper's figure.
    - ``untrained``: the value for the model's untrained twin, if the study has one.
    - ``verdict``: "holds", "does not hold" or "undecided", by ``rule``.
    - ``n``: runs behind the number; 0 where the study has no data for the claim.
    """
    tables = ClaimTables(study, bootstrap)
    too_small = _too_small(tables.aligned)
    subjects = [(model, score) for model, score, _ in tables.aligned.groups() if not is_untrained(model)]
    scores = list(dict.fromkeys(score for _, score in subjects))
    parts = []
    for claim in CLAIMS:
        found = claim.find(tables).set_index(SUBJECT)[NUMBERS].T.to_dict() if subjects else {}
        nothing = dict.fromkeys(NUMBERS, np.nan) | {"n": 0}
        for key in [("", score) for score in scores] if claim.across_models else subjects:
            numbers = found.get(key, nothing)
            contrast = found.get((twin(key[0]), key[1]), nothing)["value"]
            verdict = UNDECIDED if claim.of_small and key in too_small else _verdict(claim, numbers)
            parts.append(
                {"claim": claim.name, "statement": claim.statement, "model": key[0], "score": key[1],
                 "paper": claim.paper, "statistic": claim.statistic, "untrained": contrast, "verdict": verdict,
                 "rule": claim.rule} | numbers
            )  # fmt: skip
    return tidy(parts, CLAIM_COLUMNS)


def _verdict(claim: Claim, numbers: dict[str, float]) -> str:
    low, high = numbers["low"], numbers["high"]
    if numbers["n"] < MIN_PROMPTS_FOR_VERDICT or np.isnan(low):
        return UNDECIDED
    above, below = low > claim.limit, high < claim.limit
    if above or below:
        return HOLDS if above == claim.above else FAILS
    return UNDECIDED


def _too_small(aligned: Aligned) -> set[tuple[str, str]]:
    """Models and score rules whose small subgraphs have fewer edges than one path."""
    spare = np.floor(SMALL * aligned.of_run("n_edges")) - aligned.of_run("n_path")
    return {(model, score) for model, score, runs in aligned.groups() if np.median(spare[runs]) < 0}
