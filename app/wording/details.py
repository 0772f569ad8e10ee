"""What the engine finds inside one head or MLP, as tables and numbers."""

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from .numbers import Number
from .text import capitalised, share_text
from .tokens import token_label

if TYPE_CHECKING:
    from strace_core import HeadDetail, MlpDetail

NOT_IN_GRAPH: Final = "not in the graph: the prediction cannot depend on it"
"""Said of an edge from which the output node cannot be reached."""


def entry_size(rank: object) -> int | None:
    """Return the size at which an edge of a rank is included; None for what is not in the graph."""
    return None if rank is None or pd.isna(rank) else int(rank) + 1  # type: ignore[call-overload]


def contribution_shares(found: "HeadDetail") -> np.ndarray:
    """Return each source's share of the head's contribution; zeros for a head that writes nothing."""
    values = found.sources["contribution"].to_numpy(dtype=float)
    total = values.sum()
    return values / total if total > 0 else values


def sources_table(found: "HeadDetail") -> pd.DataFrame:
    """Return everything about the sources of one head, highest score first."""
    sources = found.sources
    rows = pd.DataFrame(
        {
            "Source token": [f"{token_label(row.text, 20)} ({row.source})" for row in sources.itertuples()],
            "Pattern": sources["pattern"].to_numpy(dtype=float).round(4),
            "Contribution": contribution_shares(found).round(4),
            "Score": sources["share"].to_numpy(dtype=float).round(4),
            "Included from size": (sources["rank"].astype("Int64") + 1).to_numpy(),
        }
    )
    return rows.sort_values("Score", ascending=False, kind="stable", na_position="last", ignore_index=True)


def effects_table(found: "HeadDetail | MlpDetail") -> pd.DataFrame:
    """Return the tokens that a component promotes and suppresses, side by side, with the change of their logits."""
    promoted, suppressed = found.promoted.reset_index(drop=True), found.suppressed.reset_index(drop=True)
    return pd.DataFrame(
        {
            "Promotes": promoted["text"].map(token_label),
            "logit +": promoted["logit"].round(3),
            "Suppresses": suppressed["text"].map(token_label),
            "logit −": suppressed["logit"].round(3),
        }
    )


def mlp_numbers(found: "MlpDetail") -> list[Number]:
    """Return the numbers of one MLP at one token."""
    size = entry_size(found.rank)
    share = "none" if np.isnan(found.share) else share_text(found.share)
    return [
        Number("Contribution", f"{found.contribution:,.1f}", "L1 norm of what the MLP adds to the residual stream."),
        Number("Score", share, "The MLP's share of everything that enters this state; the trace ranks edges by it."),
        Number(
            "Included",
            "never" if size is None else f"from size {size:,} on",
            f"{capitalised(NOT_IN_GRAPH)}." if size is None else "The size at which the trace includes this edge.",
        ),
    ]
