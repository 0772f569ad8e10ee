"""The tables of the Findings page: labels, and rounded numbers with their intervals.

Cells are Markdown, as ``st.table`` reads them. Text that comes from a study is escaped.
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
    of_the_edges,
    p_text,
    percent,
    stage_label,
)
from .text import plain_markdown

VERDICTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "holds": ":green[:material/check_circle:] holds",
        "does not hold": ":red[:material/cancel:] does not hold",
        "undecided": ":material/help: undecided",
    }
)
"""Each verdict with its icon."""

_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "1e-2 to 1": "1 % to 100 %", "1e-4": "0.01 %", "1e-3": "0.1 %", "1e-2": "1 %", "1e-1": "10 %",
        "auc_tv_log": "density", "n_tokens": "the number of tokens",
    }
)  # fmt: skip
"""Words of ``claims`` and what the page says instead."""

_SUMMARIES: Final = {"mean": "mean", "min": "lowest", "max": "highest"}


def named(model: str) -> str:
    """A model's name as Markdown."""
    return plain_markdown(model_label(model))


def claims_table(claims: pd.DataFrame) -> pd.DataFrame:
    """A row for each claim and model: the claim, its verdict, and what this study, the twin and the paper found."""
    repeated = claims["claim"].duplicated().to_numpy()
    return pd.DataFrame(
        {
            "Claim": [
                "" if again else f"{plain_markdown(claim_words(statement))} *{plain_markdown(claim_words(statistic))}*"
                for again, statement, statistic in zip(repeated, claims["statement"], claims["statistic"], strict=True)
            ],
            "Model": [named(model) if model else "all" for model in claims["model"]],
            "Verdict": [VERDICTS.get(verdict, plain_markdown(verdict)) for verdict in claims["verdict"]],
            "This study": _estimates(claims, "value", "low", "high", digits=3),
            "Untrained": [number(value, 3) for value in claims["untrained"]],
            "Paper": [number(value, 3) for value in claims["paper"]],
            "Prompts": [f"{n:,}" for n in claims["n"]],
        }
    )


def verdict_counts(claims: pd.DataFrame) -> list[str]:
    """A line of Markdown for each model: how many claims have each verdict."""
    lines = []
    for model in dict.fromkeys(claims["model"]):
        counts = claims.loc[claims["model"] == model, "verdict"].value_counts()
        holds, fails, undecided = (int(counts.get(verdict, 0)) for verdict in VERDICTS)
        subject = f"**{named(model)}**" if model else "**Between models**"
        lines.append(f"{subject}: {holds} hold, {fails} do not hold, {undecided} undecided")
    return lines


def claim_words(text: str) -> str:
    """A sentence of ``claims`` with sizes as percentages and columns by their names on the page."""
    for technical, word in _WORDS.items():
        text = text.replace(technical, word)
    return text[:1].upper() + text[1:]


def half_fall_table(table: pd.DataFrame) -> pd.DataFrame:
    """The trace's rows of ``half_fall``."""
    table = table[table["order"] == "trace"]
    return pd.DataFrame(
        {
            "Model": [named(model) for model in table["model"]],
            "Unit": table["unit"].map(UNITS).tolist(),
            "Median size": _estimates(table, "median", "low", "high", digits=3),
            "Spread (decades)": _estimates(table, "iqr", "iqr_low", "iqr_high"),
            "Exponent": _estimates(table, "exponent", "exponent_low", "exponent_high"),
            "Prompts": [f"{n:,}" for n in table["n"]],
        }
    )


def contrast_table(table: pd.DataFrame) -> pd.DataFrame:
    """The trace's shares of the fall, from ``trained_against_untrained``."""
    shares = table[(table["order"] == "trace") & (table["measure"] == "share of fall")]
    return pd.DataFrame(
        {
            "Model": [named(model) for model in shares["model"]],
            "Stage": shares["stage"].map(stage_label).tolist(),
            "Trained": [number(value) for value in shares["trained"]],
            "Untrained": [number(value) for value in shares["untrained"]],
            "Difference": _estimates(shares, "difference", "low", "high"),
            "Prompts": [f"{n:,}" for n in shares["n"]],
        }
    )


def criteria_table(table: pd.DataFrame) -> pd.DataFrame:
    """Median sizes from ``size_by_criterion``, with a column for each model."""
    cells = [
        f"{percent(row.fraction)} [{percent(row.low)}, {percent(row.high)}]"
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
            "Correlation": _estimates(rows, "rho", "low", "high"),
            "p": [p_text(p) for p in rows["p"]],
            "At equal length": _estimates(rows, "partial", "partial_low", "partial_high"),
            "p at equal length": [p_text(p) for p in rows["partial_p"]],
            "Prompts": [f"{n:,}" for n in rows["n"]],
        }
    )


def groups_table(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    """The mean of each group from ``density_by_group``, for one measure, with a column for each model."""
    rows = table[table["measure"] == measure]
    cells = _estimates(rows, "mean", "low", "high")
    wide = _wide(rows.assign(cell=cells), "group")
    return pd.DataFrame({"Group": [plain_markdown(group_label(name)) for name in wide.index]}).join(
        wide.reset_index(drop=True)
    )


def agreement_table(table: pd.DataFrame) -> pd.DataFrame:
    """Agreement on density, from ``model_agreement``: each pair of models, then a summary of the trained pairs."""
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
            "Agreement": _estimates(rows, "rho", "low", "high"),
            "At equal length": _estimates(rows, "partial", "partial_low", "partial_high"),
            "Prompts": [f"{n:,}" for n in rows["n"]],
        }
    )


def gini_table(table: pd.DataFrame) -> pd.DataFrame:
    """Gini coefficients of heads and MLPs together, from ``gini``."""
    table = table[table["kind"] == "all"]
    return pd.DataFrame(
        {
            "Model": [named(model) for model in table["model"]],
            "Size": [of_the_edges(x) for x in table["x"]],
            "Gini": _estimates(table, "gini", "low", "high"),
            "Prompts": [f"{n:,}" for n in table["n"]],
        }
    )


def failures_table(runs: pd.DataFrame) -> pd.DataFrame:
    """The most common reasons why runs failed, and how many runs failed for each."""
    counts = runs.loc[runs["error"].notna(), "error"].value_counts().head(8)
    return pd.DataFrame(
        {"Runs": [f"{n:,}" for n in counts], "Reason": [plain_markdown(str(reason)) for reason in counts.index]}
    )


def _wide(table: pd.DataFrame, row: str) -> pd.DataFrame:
    """The column ``cell`` as a table: a row for each value of ``row`` and a column for each model, unsorted."""
    wide = table.pivot(index=row, columns="model", values="cell")
    wide = wide.reindex(index=list(dict.fromkeys(table[row])), columns=list(dict.fromkeys(table["model"])))
    return wide.fillna(NOTHING).rename(columns=named)


def _estimates(table: pd.DataFrame, value: str, low: str, high: str, digits: int = 2) -> list[str]:
    """A column of numbers with their intervals, as text."""
    return [estimate(a, b, c, digits) for a, b, c in table[[value, low, high]].to_numpy(float)]
