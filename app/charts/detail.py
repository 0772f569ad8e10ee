"""What the engine finds inside one head, MLP or state -> rows of bars, tables and numbers."""

from typing import Protocol

import numpy as np
import pandas as pd

from ..wording.numbers import Number
from ..wording.text import share_text
from ..wording.tokens import token_label
from .frames import paired_rows, unique_labels

MAX_SOURCES = 12
"""Source tokens that a head's bars show, at most."""

_NO_EDGE = "no edge of the trace: the prediction cannot depend on it"


class Promoting(Protocol):
    """A component's direct effect on the logits: ``token_id``, ``text``, ``logit``, strongest first."""

    @property
    def promoted(self) -> pd.DataFrame: ...
    @property
    def suppressed(self) -> pd.DataFrame: ...


class HeadLike(Promoting, Protocol):
    """One head at one target, by source: ``source``, ``text``, ``pattern``, ``contribution``, ``share``, ``rank``."""

    @property
    def sources(self) -> pd.DataFrame: ...


class MlpLike(Promoting, Protocol):
    """One MLP at one token: what it adds, its edge's share and its place in the trace."""

    @property
    def contribution(self) -> float: ...
    @property
    def share(self) -> float: ...
    @property
    def rank(self) -> int | None: ...


class StateLike(Protocol):
    """What a state would predict: ``token_id``, ``text``, ``probability``, in the full model and in the subgraph."""

    @property
    def full(self) -> pd.DataFrame: ...
    @property
    def subgraph(self) -> pd.DataFrame: ...
    @property
    def is_zero(self) -> bool: ...


def sources_frame(detail: HeadLike, *, n_sources: int = MAX_SOURCES) -> pd.DataFrame:
    """Bars of one head, two for each source token: how much it ``looks`` there, and how much it ``writes`` of it.

    Both are shares of one, over all sources. The sources with the strongest bars are shown. ``change`` is the size at
    which the edge enters the trace. For the rest see :func:`~strace_explorer.charts.frames.paired_rows`.
    """
    sources = detail.sources
    writes = _shares(sources["contribution"].to_numpy(dtype=float))
    looks = sources["pattern"].to_numpy(dtype=float)
    strongest = np.sort(np.argsort(-np.maximum(looks, writes), kind="stable")[:n_sources])
    shown = sources.iloc[strongest]
    sizes = [_entry(rank) for rank in shown["rank"]]
    return paired_rows(
        [f"{token_label(row.text, 12)} ({row.source})" for row in shown.itertuples()],
        {"looks": looks[strongest], "writes": writes[strongest]},
        change=["" if size is None else f"at {size:,}" for size in sizes],
        explained=[_NO_EDGE if size is None else f"in the trace from {size:,} edges on" for size in sizes],
    )


def sources_table(detail: HeadLike) -> pd.DataFrame:
    """Everything about the sources of one head, strongest share first."""
    sources = detail.sources
    rows = pd.DataFrame(
        {
            "Source token": [f"{token_label(row.text, 20)} ({row.source})" for row in sources.itertuples()],
            "Looks": sources["pattern"].to_numpy(dtype=float).round(4),
            "Writes": _shares(sources["contribution"].to_numpy(dtype=float)).round(4),
            "Share of the node": sources["share"].to_numpy(dtype=float).round(4),
            "In use from size": (sources["rank"].astype("Int64") + 1).to_numpy(),
        }
    )
    return rows.sort_values("Share of the node", ascending=False, kind="stable", na_position="last", ignore_index=True)


def sources_left_out(detail: HeadLike, *, n_sources: int = MAX_SOURCES) -> int:
    """Source tokens that the bars do not show."""
    return max(0, len(detail.sources) - n_sources)


def effects_table(detail: Promoting) -> pd.DataFrame:
    """Tokens that a component promotes and suppresses, side by side, with what it adds to their logits."""
    promoted, suppressed = detail.promoted.reset_index(drop=True), detail.suppressed.reset_index(drop=True)
    return pd.DataFrame(
        {
            "Promotes": promoted["text"].map(token_label),
            "adds": promoted["logit"].round(3),
            "Suppresses": suppressed["text"].map(token_label),
            "takes": suppressed["logit"].round(3),
        }
    )


def mlp_numbers(detail: MlpLike) -> list[Number]:
    """What one MLP adds at one token."""
    size = _entry(detail.rank)
    share = "none" if np.isnan(detail.share) else share_text(detail.share)
    return [
        Number("Adds", f"{detail.contribution:,.1f}", "The size of what the MLP adds to this token's state."),
        Number("Share", share, "How much of all that enters this state comes from the MLP; the trace goes by it."),
        Number(
            "In use",
            "never" if size is None else f"from {size:,} edges on",
            _NO_EDGE[:1].upper() + _NO_EDGE[1:] + "." if size is None else "The size at which the trace takes it up.",
        ),
    ]


def lens_frame(detail: StateLike) -> pd.DataFrame:
    """Top tokens of a state as it is, in the full model and in the subgraph: rows as of ``top_tokens_frame``.

    A token that is not among the likeliest of a side has no bar there.
    """
    both = pd.concat([detail.full, detail.subgraph]).drop_duplicates("token_id")
    known = [table.set_index("token_id")["probability"] for table in (detail.full, detail.subgraph)]
    full, subgraph = (table.reindex(both["token_id"]).to_numpy(dtype=float) for table in known)
    return paired_rows(
        unique_labels(both["text"].tolist(), both["token_id"].tolist()),
        {"full model": full, "subgraph": subgraph},
        change=["" for _ in full],
        explained=[
            f"{_probable(one)} in the full model, {_probable(other)} in the subgraph"
            for one, other in zip(full, subgraph, strict=True)
        ],
    )


def highest_value(rows: pd.DataFrame) -> float:
    """Where the axis of two bars ends."""
    return float(max(rows["longest"].max(), 1e-6)) if len(rows) else 1.0


def _probable(probability: float) -> str:
    return "not at the top" if np.isnan(probability) else f"{probability:.3f}"


def _shares(values: np.ndarray) -> np.ndarray:
    total = values.sum()
    return values / total if total > 0 else values


def _entry(rank: object) -> int | None:
    """The size at which an edge of a rank enters; None for what is no edge."""
    return None if rank is None or pd.isna(rank) else int(rank) + 1  # type: ignore[call-overload]
