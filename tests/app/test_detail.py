from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from strace_explorer.charts import detail


@dataclass(frozen=True, eq=False)
class Head:
    sources: pd.DataFrame
    promoted: pd.DataFrame
    suppressed: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Mlp:
    contribution: float
    share: float
    rank: int | None
    promoted: pd.DataFrame
    suppressed: pd.DataFrame


@dataclass(frozen=True, eq=False)
class State:
    full: pd.DataFrame
    subgraph: pd.DataFrame
    is_zero: bool = False


PROMOTED = pd.DataFrame({"token_id": [7, 8], "text": [" Paris", "\n"], "logit": [3.14159, 2.0]})
SUPPRESSED = pd.DataFrame({"token_id": [9, 10], "text": ["</script>", ""], "logit": [-2.5, -1.0]})


def head(pattern: list[float], contribution: list[float], rank: list[int | None]) -> Head:
    n_sources = len(pattern)
    sources = pd.DataFrame(
        {
            "source": range(n_sources),
            "text": [" the", " cat", "<b>", " sat"][:n_sources],
            "pattern": pattern,
            "contribution": contribution,
            "share": [0.1 * n for n in range(n_sources)],
            "rank": pd.array(rank, dtype="Int64"),
        }
    )
    return Head(sources, PROMOTED, SUPPRESSED)


def test_a_head_s_bars_are_shares_of_what_it_looks_at_and_writes() -> None:
    frame = detail.sources_frame(head([0.5, 0.3, 0.2], [1.0, 3.0, 0.0], [4, 0, None]))
    assert frame["token"].tolist()[:3] == ["·the (0)", "·cat (1)", "<b> (2)"]
    assert frame.query("side == 'looks'")["value"].tolist() == [0.5, 0.3, 0.2]
    assert frame.query("side == 'writes'")["value"].tolist() == [0.25, 0.75, 0.0]
    assert frame["change"].tolist()[:3] == ["at 5", "at 1", ""]
    assert frame["explained"].iloc[2].startswith("no edge of the trace")


def test_a_long_prompt_shows_the_strongest_sources_in_their_order() -> None:
    long = head([0.1, 0.6, 0.1, 0.2], [5.0, 1.0, 0.1, 0.2], [1, 2, 3, 4])
    frame = detail.sources_frame(long, n_sources=2)
    assert frame["token"].unique().tolist() == ["·the (0)", "·cat (1)"]
    assert detail.sources_left_out(long, n_sources=2) == 2
    assert detail.sources_left_out(long) == 0


def test_a_head_that_writes_nothing_has_no_shares() -> None:
    frame = detail.sources_frame(head([1.0], [0.0], [0]))
    assert frame.query("side == 'writes'")["value"].tolist() == [0.0]


def test_the_table_of_sources_has_everything_strongest_first() -> None:
    table = detail.sources_table(head([0.5, 0.3, 0.2], [1.0, 3.0, 0.0], [4, 0, None]))
    assert table["Source token"].tolist() == ["<b> (2)", "·cat (1)", "·the (0)"]
    assert table["In use from size"].fillna(0).tolist() == [0, 1, 5], "the first is no edge of the trace"
    assert table["Share of the node"].tolist() == [0.2, 0.1, 0.0]


def test_effects_show_both_lists_with_visible_tokens() -> None:
    table = detail.effects_table(head([1.0], [1.0], [0]))
    assert table["Promotes"].tolist() == ["·Paris", "⏎"] and table["adds"].tolist() == [3.142, 2.0]
    assert table["Suppresses"].tolist() == ["</script>", "∅"] and table["takes"].tolist() == [-2.5, -1.0]


def test_numbers_of_an_mlp() -> None:
    inside = detail.mlp_numbers(Mlp(1234.56, 0.314, 41, PROMOTED, SUPPRESSED))
    assert [number.value for number in inside] == ["1,234.6", "31 %", "from 42 edges on"]
    outside = detail.mlp_numbers(Mlp(1.0, np.nan, None, PROMOTED, SUPPRESSED))
    assert [number.value for number in outside] == ["1.0", "none", "never"]


def tokens(**probabilities: float) -> pd.DataFrame:
    ids = {"Paris": 1, "London": 2, "the": 3}
    return pd.DataFrame(
        [(ids[text], f" {text}", probability) for text, probability in probabilities.items()],
        columns=["token_id", "text", "probability"],
    )


def test_the_lens_pairs_the_tokens_of_both_states() -> None:
    frame = detail.lens_frame(State(tokens(Paris=0.6, London=0.3), tokens(the=0.5, London=0.2)))
    assert frame["token"].tolist() == ["·Paris", "·London", "·the"] * 2
    assert frame.query("side == 'full model'")["value"].tolist() == pytest.approx([0.6, 0.3, np.nan], nan_ok=True)
    assert frame.query("side == 'subgraph'")["value"].tolist() == pytest.approx([np.nan, 0.2, 0.5], nan_ok=True)
    assert frame["explained"].iloc[0] == "0.600 in the full model, not at the top in the subgraph"
    assert detail.highest_value(frame) == 0.6
