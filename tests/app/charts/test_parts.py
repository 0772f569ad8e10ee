from strace_explorer.charts import curve, paired_bars, trend
from strace_explorer.charts.paired_bars import RECONSTRUCTION
from strace_explorer.charts.parts import PICK, Spec, picked_size


def layers_of(spec: Spec, mark: str) -> list[Spec]:
    return [layer for layer in spec["layer"] if layer["mark"]["type"] == mark]


def test_the_rule_and_the_dot_are_drawn_at_the_current_size_only() -> None:
    for spec in (curve.spec(), trend.spec(measure="entropy", top=2)):
        filtered = [layer for layer in spec["layer"] if {"filter": "datum.current"} in layer.get("transform", [])]
        assert [layer["mark"]["type"] for layer in filtered] == ["rule", "point"]


def test_a_click_anywhere_picks_the_nearest_size() -> None:
    for spec in (curve.spec(), trend.spec(measure="entropy", top=2)):
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


def test_type_is_larger_in_a_presentation() -> None:
    def sizes(large: bool) -> list[int]:
        (bars,) = layers_of(paired_bars.spec(0.3, RECONSTRUCTION, large=large), "bar")
        (text,) = layers_of(paired_bars.spec(0.3, RECONSTRUCTION, large=large), "text")
        axis, legend = bars["encoding"]["x"]["axis"], bars["encoding"]["color"]["legend"]
        return [axis["labelFontSize"], axis["titleFontSize"], legend["labelFontSize"], text["mark"]["fontSize"]]

    assert sizes(large=False) == [12, 12, 12, 11]
    assert sizes(large=True) == [16, 16, 16, 15]


def test_text_takes_the_ink_of_the_theme_they_are_drawn_in() -> None:
    (text,) = layers_of(paired_bars.spec(0.3, RECONSTRUCTION), "text")
    assert text["mark"]["color"]["expr"].startswith("luminance(background")


def test_a_specification_is_built_once_and_holds_no_rows() -> None:
    assert paired_bars.spec(0.25, RECONSTRUCTION) is paired_bars.spec(0.25, RECONSTRUCTION)
    assert curve.spec().keys().isdisjoint({"data", "datasets"})
    assert curve.spec()["usermeta"] == {"embedOptions": {"renderer": "svg"}}
