"""Made-up findings inside heads, MLPs and states, to test the page with."""

import pandas as pd

from strace_core import HeadDetail

PROMOTED = pd.DataFrame({"token_id": [7, 8], "text": [" Paris", "\n"], "logit": [3.14159, 2.0]})
SUPPRESSED = pd.DataFrame({"token_id": [9, 10], "text": ["</script>", ""], "logit": [-2.5, -1.0]})


def head(pattern: list[float], contribution: list[float], rank: list[int | None]) -> HeadDetail:
    """Return a head with these sources; the score of the n-th is n tenths."""
    n_sources = len(pattern)
    sources = pd.DataFrame(
        {
            "source": range(n_sources),
            "text": [[" the", " cat", "<b>", " sat"][place % 4] for place in range(n_sources)],
            "pattern": pattern,
            "contribution": contribution,
            "share": [0.1 * n for n in range(n_sources)],
            "rank": pd.array(rank, dtype="Int64"),
        }
    )
    return HeadDetail(sources, PROMOTED, SUPPRESSED)


def tokens(**probabilities: float) -> pd.DataFrame:
    """Return top tokens as the engine does."""
    ids = {"Paris": 1, "London": 2, "the": 3}
    return pd.DataFrame(
        [(ids[text], f" {text}", probability) for text, probability in probabilities.items()],
        columns=["token_id", "text", "probability"],
    )
