import pytest
from strace_explorer.charts import chart_parts, charts
from strace_explorer.charts.chart_parts import PICK, picked_size
from strace_explorer.charts.curve_frames import BASELINE_LABELS, TRACE
from strace_explorer.charts.theme import BASELINE_COLOURS, FULL_MODEL, SUBGRAPH


def layers_of(spec: chart_parts.Spec, mark: str) -> list[chart_parts.Spec]:
    return [layer for layer in spec["layer"] if layer["mark"]["type"] == mark]


def test_curve_has_a_log_axis_from_one_edge_to_all_that_there_are() -> None:
    (line,) = layers_of(charts.curve_spec(), "line")
    assert line["encoding"]["x"]["scale"] == {"type": "log", "nice": False, "domainMin": 1}


def test_baselines_differ_from_the_trace_in_colour_and_dash() -> None:
    (line,) = layers_of(charts.curve_spec(baselines=("random", "complement")), "line")
    labels = [TRACE, BASELINE_LABELS["random"], BASELINE_LABELS["complement"]]
    colour, dash = line["encoding"]["color"], line["encoding"]["strokeDash"]
    assert colour["scale"]["domain"] == dash["scale"]["domain"] == labels
    assert colour["scale"]["range"] == [SUBGRAPH, BASELINE_COLOURS["random"], BASELINE_COLOURS["complement"]]
    patterns = [tuple(pattern) for pattern in dash["scale"]["range"]]
    assert len(set(patterns)) == 3 and patterns[0] == (1, 0), "the trace is solid"
    assert colour["legend"] == dash["legend"], "one legend shows both"


def test_a_curve_without_baselines_needs_no_legend() -> None:
    (line,) = layers_of(charts.curve_spec(), "line")
    assert line["encoding"]["color"]["legend"] is None
    assert charts.curve_spec()["height"] < charts.curve_spec(baselines=("random",))["height"]


def test_kl_is_linear_near_zero_and_logarithmic_above() -> None:
    (line,) = layers_of(charts.curve_spec(measure="kl", top=10), "line")
    y = line["encoding"]["y"]
    assert (y["scale"]["type"], y["scale"]["constant"], y["scale"]["domain"]) == ("symlog", 0.1, [0, 10])
    assert y["axis"]["values"] == [0, 0.1, 0.3, 1, 3, 10]


def test_the_rule_and_the_dot_are_drawn_at_the_current_size_only() -> None:
    for spec in (charts.curve_spec(), charts.trend_spec(measure="entropy", top=2)):
        filtered = [layer for layer in spec["layer"] if {"filter": "datum.current"} in layer.get("transform", [])]
        assert [layer["mark"]["type"] for layer in filtered] == ["rule", "point"]


def test_a_click_anywhere_picks_the_nearest_size() -> None:
    for spec in (charts.curve_spec(), charts.trend_spec(measure="entropy", top=2)):
        (parameter,) = spec["params"]
        select = parameter["select"]
        assert parameter["name"] == PICK
        assert (select["on"], select["nearest"], select["fields"]) == ("click", True, ["n_edges", "moment"])
        (layer,) = [layer for layer in spec["layer"] if layer.get("name") in parameter["views"]]
        assert {"calculate": "now()", "as": "moment"} in layer["transform"]
        assert layer["encoding"]["y"] == {"value": 0}, "at one height, so that only the place along the axis counts"


def test_picked_size() -> None:
    assert picked_size({"selection": {PICK: [{"n_edges": 120.0, "moment": 5}]}}) == 120
    assert picked_size({"selection": {PICK: {}}}) is None
    assert picked_size({}) is None


@pytest.mark.parametrize("pair", charts.PAIRS)
def test_bars_tell_the_sides_apart_by_place_and_colour(pair: str) -> None:
    shown = charts.PAIRS[pair]
    (bars,) = layers_of(charts.bars_spec(0.3, pair=pair), "bar")
    encoding = bars["encoding"]
    assert encoding["color"]["scale"] == {"domain": list(shown.sides), "range": list(shown.colours)}
    assert encoding["yOffset"] == {"field": "side", "type": "nominal", "sort": list(shown.sides)}
    assert encoding["x"]["scale"]["domain"] == [0, 0.3]


def test_the_prediction_is_in_the_colours_of_model_and_subgraph() -> None:
    assert charts.PAIRS["reconstruction"].colours == (FULL_MODEL, SUBGRAPH)


def test_the_change_of_a_rank_stands_behind_the_longer_bar_once() -> None:
    (text,) = layers_of(charts.bars_spec(0.3), "text")
    assert text["transform"] == [{"filter": "datum.side === 'subgraph'"}]
    assert (text["encoding"]["x"]["field"], text["encoding"]["text"]["field"]) == ("longest", "change")


def test_type_is_larger_in_a_presentation() -> None:
    def sizes(large: bool) -> list[int]:
        (bars,) = layers_of(charts.bars_spec(0.3, large=large), "bar")
        (text,) = layers_of(charts.bars_spec(0.3, large=large), "text")
        axis, legend = bars["encoding"]["x"]["axis"], bars["encoding"]["color"]["legend"]
        return [axis["labelFontSize"], axis["titleFontSize"], legend["labelFontSize"], text["mark"]["fontSize"]]

    assert sizes(large=False) == [12, 12, 12, 11]
    assert sizes(large=True) == [16, 16, 16, 15]


def test_words_take_the_ink_of_the_theme_they_are_drawn_in() -> None:
    (text,) = layers_of(charts.bars_spec(0.3), "text")
    assert text["mark"]["color"]["expr"].startswith("luminance(background")


def test_a_specification_is_built_once_and_holds_no_rows() -> None:
    assert charts.bars_spec(0.25) is charts.bars_spec(0.25)
    assert charts.curve_spec().keys().isdisjoint({"data", "datasets"})
    assert charts.curve_spec()["usermeta"] == {"embedOptions": {"renderer": "svg"}}
