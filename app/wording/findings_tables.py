"""Tables of a study's analyses as a reader is shown them: words and rounded numbers with their intervals.

Cells are Markdown, as ``st.table`` takes them; whatever comes from a study is escaped.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import pandas as pd

from .findings_words import (
    NOTHING,
    UNITS,
    criterion_label,
    estimate,
    group_label,
    model_label,
    number,
    p_text,
    small_number,
    stage_label,
)
from .text import plain_markdown

VERDICTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "holds": ":green[:material/check_circle:] holds",
        "does not hold": ":red[:material/cancel:] does not hold",
        "cannot tell here": ":material/help: cannot tell here",
    }
)
"""Each verdict with its icon."""


def named(model: str) -> str:
    """A model's name in Markdown."""
    return plain_markdown(model_label(model))


def claims_table(claims: pd.DataFrame) -> pd.DataFrame:
    """A row for each claim and model: the claim in words, the paper's figure, the study's, the twin's, the verdict."""
    repeated = claims["claim"].duplicated().to_numpy()
    return pd.DataFrame(
        {
            "Claim": [
                "" if again else f"{_plain(statement)} *{_plain(statistic)}*"
                for again, statement, statistic in zip(repeated, claims["statement"], claims["statistic"], strict=True)
            ],
            "Model": [named(model) if model else "all" for model in claims["model"]],
            "Verdict": [VERDICTS.get(verdict, plain_markdown(verdict)) for verdict in claims["verdict"]],
            "Here": [estimate(*three, digits=3) for three in _threes(claims, "value", "low", "high")],
            "Untrained": [number(value, 3) for value in claims["untrained"]],
            "Paper": [number(value, 3) for value in claims["paper"]],
            "Prompts": [f"{n:,}" for n in claims["n"]],
        }
    )


def verdicts_in_words(claims: pd.DataFrame) -> list[str]:
    """A line for each model: how many claims have each verdict."""
    lines = []
    for model in dict.fromkeys(claims["model"]):
        counts = claims.loc[claims["model"] == model, "verdict"].value_counts()
        holds, fails, unknown = (int(counts.get(verdict, 0)) for verdict in VERDICTS)
        subject = f"**{named(model)}**" if model else "**Between models**"
        lines.append(f"{subject}: {holds} hold, {fails} do not hold, {unknown} cannot be told here")
    return lines


def claim_words(text: str) -> str:
    """A claim as ``claims`` states it, with shares as percent and measures by the name they have on the page."""
    for technical, word in _WORDS.items():
        text = text.replace(technical, word)
    return text[:1].upper() + text[1:]


def _threes(table: pd.DataFrame, *columns: str) -> list[tuple[float, float, float]]:
    return [(float(a), float(b), float(c)) for a, b, c in table[list(columns)].to_numpy()]


def _plain(text: str) -> str:
    return plain_markdown(claim_words(text))


_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "1e-2 to 1": "1 % to 100 %", "1e-4": "0.01 %", "1e-3": "0.1 %", "1e-2": "1 %", "1e-1": "10 %",
        "auc_tv_log": "density", "n_tokens": "the number of tokens", "total variation": "distance", "tv ": "distance ",
        "Spearman": "rank correlation",
    }
)  # fmt: skip


def half_fall_table(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``half_fall`` of the trace."""
    table = table[table["order"] == "trace"]
    return pd.DataFrame(
        {
            "Model": [named(model) for model in table["model"]],
            "Counted in": table["unit"].map(UNITS).tolist(),
            "Half the fall at": [estimate(*three, digits=3) for three in _threes(table, "median", "low", "high")],
            "Scatter (decades)": [estimate(*values) for values in table[["iqr", "iqr_low", "iqr_high"]].to_numpy()],
            "Exponent": [
                estimate(*values) for values in table[["exponent", "exponent_low", "exponent_high"]].to_numpy()
            ],
            "Prompts": [f"{n:,}" for n in table["n"]],
        }
    )


def contrast_table(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``trained_against_untrained``: the trace's shares of the fall."""
    shares = table[(table["order"] == "trace") & (table["measure"] == "share of fall")]
    return pd.DataFrame(
        {
            "Model": [named(model) for model in shares["model"]],
            "Stage": shares["stage"].map(stage_label).tolist(),
            "Trained": [number(value) for value in shares["trained"]],
            "Untrained": [number(value) for value in shares["untrained"]],
            "Difference": [estimate(*values) for values in shares[["difference", "low", "high"]].to_numpy()],
            "Prompts": [f"{n:,}" for n in shares["n"]],
        }
    )


def criteria_table(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``size_by_criterion``: the median size, a column for each model."""
    cells = [
        f"{small_number(row.fraction)} [{small_number(row.low)}, {small_number(row.high)}]"
        for row in table[["fraction", "low", "high"]].itertuples()
    ]
    wide = _wide(table.assign(cell=cells), "criterion")
    return pd.DataFrame({"Criterion": [criterion_label(name) for name in wide.index]}).join(wide.reset_index(drop=True))


def correlates_table(table: pd.DataFrame, measure: str, covariate: str) -> pd.DataFrame:
    """Rows of ``density_correlates`` for one measure of density and one covariate."""
    rows = table[(table["covariate"] == covariate) & (table["density"] == measure)]
    return pd.DataFrame(
        {
            "Model": [named(model) for model in rows["model"]],
            "Correlation": [estimate(*values) for values in rows[["rho", "low", "high"]].to_numpy()],
            "p": [p_text(p) for p in rows["p"]],
            "At equal length": [
                estimate(*values) for values in rows[["partial", "partial_low", "partial_high"]].to_numpy()
            ],
            "p at equal length": [p_text(p) for p in rows["partial_p"]],
            "Prompts": [f"{n:,}" for n in rows["n"]],
        }
    )


def groups_table(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Rows of ``density_by_group`` for one measure: the mean of each group, a column for each model."""
    rows = table[table["measure"] == measure]
    cells = [estimate(*three) for three in _threes(rows, "mean", "low", "high")]
    wide = _wide(rows.assign(cell=cells), "group")
    return pd.DataFrame({"Group": [plain_markdown(group_label(name)) for name in wide.index]}).join(
        wide.reset_index(drop=True)
    )


def _wide(table: pd.DataFrame, row: str) -> pd.DataFrame:
    """The column ``cell``, a row for each value of ``row`` and a column for each model, as they first come."""
    wide = table.pivot(index=row, columns="model", values="cell")
    wide = wide.reindex(index=list(dict.fromkeys(table[row])), columns=list(dict.fromkeys(table["model"])))
    return wide.fillna(NOTHING).rename(columns=named)


def agreement_table(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``model_agreement``, of density: pairs, then what they come to."""
    rows = table[(table["measure"] == "auc_tv_log") & ((table["row"] == "pair") | (table["n_pairs"] > 1))]
    pairs = [
        f"{named(row.model_a)} and {named(row.model_b)}"
        if row.row == "pair"
        else f"{_SUMMARIES[row.row]} of {row.n_pairs} trained pairs"
        for row in rows[["row", "model_a", "model_b", "n_pairs"]].itertuples()
    ]
    return pd.DataFrame(
        {
            "Models": pairs,
            "Agreement": [estimate(*values) for values in rows[["rho", "low", "high"]].to_numpy()],
            "At equal length": [
                estimate(*values) for values in rows[["partial", "partial_low", "partial_high"]].to_numpy()
            ],
            "Prompts": [f"{n:,}" for n in rows["n"]],
        }
    )


_SUMMARIES: Final = {"mean": "mean", "min": "least", "max": "greatest"}


def gini_table(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``gini`` of heads and MLPs together."""
    table = table[table["kind"] == "all"]
    return pd.DataFrame(
        {
            "Model": [named(model) for model in table["model"]],
            "Size": [f"{small_number(x)} of the edges" for x in table["x"]],
            "Gini": [estimate(*values) for values in table[["gini", "low", "high"]].to_numpy()],
            "Prompts": [f"{n:,}" for n in table["n"]],
        }
    )


def failures_table(runs: pd.DataFrame) -> pd.DataFrame:
    """Reasons why runs failed, and how many did for each."""
    counts = runs.loc[runs["error"].notna(), "error"].value_counts().head(8)
    return pd.DataFrame(
        {"Runs": [f"{n:,}" for n in counts], "Reason": [plain_markdown(str(reason)) for reason in counts.index]}
    )
