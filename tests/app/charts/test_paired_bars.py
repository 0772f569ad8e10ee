import numpy as np
import pytest

from strace_explorer.charts import compared_tokens, head_sources, paired_bars
from strace_explorer.charts.paired_bars import RECONSTRUCTION, Sides, rank_change, rank_of
from strace_explorer.charts.parts import Spec
from strace_explorer.charts.theme import FULL_MODEL, SUBGRAPH


def layers_of(spec: Spec, mark: str) -> list[Spec]:
    return [layer for layer in spec["layer"] if layer["mark"]["type"] == mark]


@pytest.mark.parametrize("shown", [RECONSTRUCTION, compared_tokens.SIDES, head_sources.SIDES])
def test_bars_tell_the_sides_apart_by_place_and_colour(shown: Sides) -> None:
    (bars,) = layers_of(paired_bars.spec(0.3, shown), "bar")
    encoding = bars["encoding"]
    assert encoding["color"]["scale"] == {"domain": list(shown.names), "range": list(shown.colours)}
    assert encoding["yOffset"] == {"field": "side", "type": "nominal", "sort": list(shown.names)}
    assert encoding["x"]["scale"]["domain"] == [0, 0.3]


def test_the_prediction_is_in_the_colours_of_model_and_subgraph() -> None:
    assert RECONSTRUCTION.colours == (FULL_MODEL, SUBGRAPH)


def test_the_change_of_a_rank_stands_behind_the_longer_bar_once() -> None:
    (text,) = layers_of(paired_bars.spec(0.3, RECONSTRUCTION), "text")
    assert text["transform"] == [{"filter": "datum.side === 'subgraph'"}]
    assert (text["encoding"]["x"]["field"], text["encoding"]["text"]["field"]) == ("longest", "change")


@pytest.mark.parametrize(
    ("before", "after", "sign"),
    [(1, 1, "="), (5, 3, "▲2"), (20, 1, "▲19"), (21, 3, "new"), (2, 7, "▼5"), (1, 100, "▼99"), (1, 101, "▼100+")],
)
def test_rank_change(before: int, after: int, sign: str) -> None:
    assert rank_change(before, after) == sign


def test_ranks_count_from_one_and_ties_go_by_id() -> None:
    p = np.array([0.2, 0.5, 0.2, 0.1])
    assert [rank_of(p, token_id) for token_id in range(4)] == [2, 1, 3, 4]


def test_a_value_that_is_not_known_has_no_bar() -> None:
    rows = paired_bars.frame(
        ["x", "y"], {"A": np.array([0.5, np.nan]), "B": np.array([0.1, 0.3])}, change=["", ""], explained=["", ""]
    )
    assert rows["longest"].tolist() == [0.5, 0.3, 0.5, 0.3]
    assert rows.loc[(rows["side"] == "A") & (rows["token"] == "y"), "value"].isna().all()
