"""What the charts and tables of findings are given, by value."""

import pandas as pd
import pytest
from strace_explorer.charts.findings import drawings as drawings
from strace_explorer.charts.findings import frames as frames
from strace_explorer.service.studies import Part, restricted
from strace_explorer.wording import findings_tables as tables
from strace_explorer.wording.findings_words import criterion_label, estimate, group_label, model_label, small_number

from strace_core.study import (
    Study,
    claims,
    component_use,
    density_by_group,
    fall_by_stage,
    gini,
    half_fall,
    lorenz,
    model_agreement,
    reconstruction_curve,
    share_by_depth,
    share_by_kind,
    size_by_criterion,
    structural_marks,
    unigram_closeness,
)
from tests.core.studies import make_study, random_study

NASTY = "<img src=x onerror=alert(1)> **bold** $x$"


@pytest.fixture(scope="module")
def study() -> Study:
    return random_study(1, ("a", "a:untrained", "b"), 12)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("demo-llama", "demo-llama"),
        ("demo-llama:untrained", "demo-llama (untrained)"),
        ("/home/me/models/owner/name/", "owner/name"),
        ("owner/name:untrained", "owner/name (untrained)"),
    ],
)
def test_model_labels(name: str, label: str) -> None:
    assert model_label(name) == label


def test_numbers_as_words() -> None:
    nan = float("nan")
    assert estimate(0.515, 0.2, 0.71) == "0.52 [0.20, 0.71]"
    assert (estimate(nan, nan, nan), estimate(-1.0, nan, nan), estimate(-0.001, nan, nan)) == ("–", "−1.00", "0.00")
    sizes = (1e-5, 0.0123, 0.5, 1.0, 0.0)
    assert [small_number(value) for value in sizes] == ["0.001 %", "1.2 %", "50 %", "100 %", "0 %"]
    assert criterion_label("tv <= 0.1") == "distance (tv) ≤ 0.1"
    assert criterion_label("shared_nucleus >= 50") == "shared list to 50 %"
    assert (group_label(None), group_label(""), group_label("sums")) == ("no group", "no group", "sums")


def test_a_part_of_a_study_takes_twins_along(study: Study) -> None:
    assert restricted(study, Part(models=("a",))).models == ["a", "a:untrained"]
    assert restricted(study, Part(groups=("odd",))).groups == ["odd"]
    assert restricted(study, Part(score="l2")).runs.empty


def test_the_curve_is_the_analysis_with_phases_and_marks(study: Study) -> None:
    curve, marks = reconstruction_curve(study), structural_marks(study)
    rows = frames.curve_frame(frames.of_model(curve, "a"), frames.of_model(marks, "a"))
    trace = rows[(rows["part"] == "curve") & (rows["line"] == "the trace")]
    mine = curve[(curve["model"] == "a") & (curve["order"] == "trace")]
    assert trace["y"].tolist() == mine["mean"].tolist() and trace["q90"].tolist() == mine["q90"].tolist()
    others = rows[(rows["part"] == "curve") & (rows["line"] != "the trace")]
    assert others["q10"].isna().all(), "the band is the trace's alone"
    assert set(rows.loc[rows["part"] == "mark", "label"]) == {"one path", "whole backbone"}
    assert rows.loc[rows["part"] == "phase", ["line", "x", "end"]].to_numpy().tolist() == [
        ["construction", 1e-4, 1e-2], ["refinement", 1e-2, 1.0],
    ]  # fmt: skip


def test_on_another_axis_one_is_marked() -> None:
    study = random_study(2, ("a",), 6)
    drawing = drawings.reconstruction(reconstruction_curve(study, axis="path"), structural_marks(study), "a", "path")
    (mark,) = drawing.rows[drawing.rows["part"] == "mark"].to_dict("records")
    assert (mark["x"], mark["label"]) == (1.0, "one path")
    assert not (drawing.rows["part"] == "phase").any()


def test_the_whole_models_level_and_that_of_all_edges(study: Study) -> None:
    closeness = unigram_closeness(study)
    rows = frames.unigram_frame(frames.of_model(closeness, "a"), "unigram_tv")
    (level,) = rows[rows["part"] == "reference"].to_dict("records")
    assert level["y"] == closeness.query("model == 'a' and measure == 'unigram_tv'")["full"].iloc[-1]
    lift = frames.share_frame(frames.of_model(share_by_kind(study), "a"), "kind", "lift")
    assert lift.loc[lift["part"] == "reference", "y"].tolist() == [1.0]


def test_bars_are_of_the_orders_and_of_the_twin(study: Study) -> None:
    falls = fall_by_stage(study)
    rows = frames.stage_frame(falls, "structure", "a", "a:untrained")
    assert set(rows["series"]) == {"the trace", "random growth", "backbone first", frames.TWIN}
    assert rows.groupby("series")["value"].sum().to_numpy() == pytest.approx(1)
    assert frames.TWIN not in set(frames.stage_frame(falls, "paper", "b", "b:untrained")["series"])


def test_dots_are_the_same_ones_for_every_model(study: Study) -> None:
    runs = frames.with_shown_groups(study.traced)
    drawn = {}
    for model in study.models:
        rows = frames.dots(frames.of_model(runs, model), "entropy", "auc_tv_log", 5)
        assert len(rows) == 5
        drawn[model] = set(runs.loc[rows["number"], "prompt_id"])
        assert rows["y"].tolist() == runs.loc[rows["number"], "auc_tv_log"].tolist()
    assert len(set(map(frozenset, drawn.values()))) == 1


def test_a_dot_without_a_number_is_not_drawn_and_long_prompts_are_cut() -> None:
    study = make_study({"text": ["a b", "c\n" * 200, NASTY], "entropy": [1.0, float("nan"), 2.0]})
    rows = frames.dots(frames.with_shown_groups(study.traced), "entropy", "auc_tv_log")
    assert rows["prompt"].tolist() == ["a b", NASTY]
    study = make_study({"text": ["c\n" * 200]})
    (prompt,) = frames.dots(frames.with_shown_groups(study.traced), "entropy", "auc_tv_log")["prompt"]
    assert len(prompt) == frames.MOST_CHARACTERS and "\n" not in prompt


def test_many_groups_share_a_sign() -> None:
    groups = [f"g{place % 40}" for place in range(200)]
    runs = frames.with_shown_groups(make_study({"group": groups}).traced)
    names = frames.shown_groups(runs)
    assert len(names) == frames.MOST_GROUPS and names[-1] == frames.OTHER_GROUPS
    few = frames.with_shown_groups(make_study({"group": ["", "x", "x"]}).traced)
    assert frames.shown_groups(few) == ("no group", "x")


def test_cells_of_components_end_with_the_mlp(study: Study) -> None:
    rows = frames.use_frame(frames.of_model(component_use(study), "a"))
    assert rows["place"].tolist() == ["0", "1", "MLP"] and rows["order"].is_monotonic_increasing
    assert rows["said"].tolist() == ["block 0, head 0", "block 0, head 1", "block 0, MLP"]


def test_claims_have_words_and_icons(study: Study) -> None:
    found = claims(study)
    table = tables.claims_table(found)
    assert len(table) == len(found)
    verdicts = ("holds", "does not hold", "cannot tell here")
    assert all(cell.endswith(verdicts) for cell in table["Verdict"])
    assert table["Verdict"].str.contains(":material/").all()
    assert "1e" not in " ".join(table["Claim"]) and "auc_tv_log" not in " ".join(table["Claim"])
    lines = tables.verdicts_in_words(found)
    assert len(lines) == 3 and lines[-1].startswith("**Between models**")


def test_what_comes_from_a_study_is_escaped() -> None:
    study = random_study(2, (NASTY, "b"), 4, group=NASTY)
    for table in (
        tables.claims_table(claims(study)),
        tables.groups_table(density_by_group(study), "auc_tv_log"),
        tables.agreement_table(model_agreement(study)),
        tables.half_fall_table(half_fall(study)),
        tables.criteria_table(size_by_criterion(study)),
        tables.gini_table(gini(study)),
        tables.failures_table(make_study({"error": [NASTY]}).runs),
    ):
        words = " ".join([*map(str, table.columns), *table.to_numpy(str).ravel()])
        assert "<img" not in words.replace("\\<", "") and "**bold**" not in words and "$x$" not in words


def test_every_chart_says_what_it_shows(study: Study) -> None:
    runs = frames.with_shown_groups(study.traced)
    pairs = runs.assign(x_density=runs["auc_tv_log"], y_density=runs["auc_tv_log"])
    shown = {
        "curve": drawings.reconstruction(reconstruction_curve(study), structural_marks(study), "a", "fraction"),
        "kinds": drawings.makeup(share_by_kind(study), "a", "kind", "share"),
        "depths": drawings.makeup(share_by_depth(study), "a", "depth", "lift"),
        "unigram": drawings.unigram(unigram_closeness(study), "a", "unigram_rank"),
        "lorenz": drawings.lorenz(lorenz(study), "a"),
        "stages": drawings.stages(fall_by_stage(study), "paper", "a", "a:untrained"),
        "criteria": drawings.criteria(size_by_criterion(study), "a", "a:untrained"),
        "density": drawings.density(runs, "a", "auc_tv", "entropy", 100, clickable=True),
        "agreement": drawings.agreement(pairs, "a", "b", clickable=True),
        "use": drawings.use(component_use(study), "a"),
    }
    for name, drawing in shown.items():
        assert len(drawing.rows) and any(sign.isdigit() for sign in drawing.alt), name
        assert drawing.alt.endswith("."), name
        assert "data" not in drawing.spec
    assert shown["density"].alt.startswith("a. 12 prompts, area over size against uncertainty (entropy, nats)")


def test_a_study_of_nothing_draws_nothing() -> None:
    study = make_study({"error": ["no"] * 3})
    curve, marks = reconstruction_curve(study), structural_marks(study)
    assert set(drawings.reconstruction(curve, marks, "m", "fraction").rows["part"]) <= {"phase"}
    assert tables.claims_table(claims(study)).empty
    assert isinstance(drawings.use(component_use(study), "m").rows, pd.DataFrame)
    assert drawings.lorenz(lorenz(study), "m").alt == "m. Lorenz curves: none."
