from strace_core.study import Study
from strace_explorer.charts.findings import scatter
from strace_explorer.charts.findings.parts import of_model
from tests.core.studies import make_study

NASTY = "<img src=x onerror=alert(1)> **bold** $x$"


def test_every_model_shows_the_same_prompts(study: Study) -> None:
    runs = scatter.with_shown_groups(study.traced)
    drawn = {}
    for model in study.models:
        rows = scatter.dots(of_model(runs, model), "entropy", "auc_tv_log", 5)
        assert len(rows) == 5
        drawn[model] = set(runs.loc[rows["number"], "prompt_id"])
        assert rows["y"].tolist() == runs.loc[rows["number"], "auc_tv_log"].tolist()
    assert len(set(map(frozenset, drawn.values()))) == 1


def test_a_dot_without_a_number_is_not_drawn_and_long_prompts_are_cut() -> None:
    study = make_study({"text": ["a b", "c\n" * 200, NASTY], "entropy": [1.0, float("nan"), 2.0]})
    rows = scatter.dots(scatter.with_shown_groups(study.traced), "entropy", "auc_tv_log")
    assert rows["prompt"].tolist() == ["a b", NASTY]
    study = make_study({"text": ["c\n" * 200]})
    (prompt,) = scatter.dots(scatter.with_shown_groups(study.traced), "entropy", "auc_tv_log")["prompt"]
    assert len(prompt) == scatter.MOST_CHARACTERS and "\n" not in prompt


def test_the_smallest_of_many_groups_share_an_entry() -> None:
    groups = [f"g{place % 40}" for place in range(200)]
    runs = scatter.with_shown_groups(make_study({"group": groups}).traced)
    names = scatter.shown_groups(runs)
    assert len(names) == scatter.MOST_GROUPS and names[-1] == scatter.OTHER_GROUPS
    few = scatter.with_shown_groups(make_study({"group": ["", "x", "x"]}).traced)
    assert scatter.shown_groups(few) == ("no group", "x")
