from strace_explorer.charts import head_sources
from strace_explorer.charts.head_sources import MAX_SOURCES, sources_left_out
from tests.app.details import head


def test_bars_are_shares_of_the_pattern_and_the_contribution() -> None:
    frame = head_sources.frame(head([0.5, 0.3, 0.2], [1.0, 3.0, 0.0], [4, 0, None]))
    assert frame["token"].tolist()[:3] == ["·the (0)", "·cat (1)", "<b> (2)"]
    assert frame.query("side == 'pattern'")["value"].tolist() == [0.5, 0.3, 0.2]
    assert frame.query("side == 'contribution'")["value"].tolist() == [0.25, 0.75, 0.0]
    assert frame["change"].tolist()[:3] == ["at 5", "at 1", ""]
    assert frame["explained"].iloc[2].startswith("not in the graph")


def test_a_head_that_writes_nothing_has_no_shares() -> None:
    frame = head_sources.frame(head([1.0], [0.0], [0]))
    assert frame.query("side == 'contribution'")["value"].tolist() == [0.0]


def test_a_long_prompt_shows_the_strongest_sources_in_their_order() -> None:
    n_sources = MAX_SOURCES + 2
    pattern, contribution = [0.1] * n_sources, [1.0] * n_sources
    pattern[3], contribution[5] = 0.01, 0.01  # a source is shown for either bar ...
    pattern[8], contribution[8] = pattern[0], contribution[0] = 0.01, 0.01  # ... and left out if both are weak
    long = head(pattern, contribution, list(range(n_sources)))
    frame = head_sources.frame(long)
    places = [int(token.split("(")[1].rstrip(")")) for token in frame["token"].unique()]
    assert places == [place for place in range(n_sources) if place not in (0, 8)]
    assert sources_left_out(long) == 2
    assert sources_left_out(head([1.0], [1.0], [0])) == 0
