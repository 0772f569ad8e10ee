from strace_core.study import Study
from strace_explorer.charts.findings import agreement
from strace_explorer.charts.findings.scatter import with_shown_groups


def test_each_axis_is_a_model(study: Study) -> None:
    runs = with_shown_groups(study.traced)
    pairs = runs.assign(x_density=runs["auc_tv_log"], y_density=runs["auc_tv"])
    drawing = agreement.draw(pairs, "a", "a:untrained", clickable=True)
    assert drawing.rows["x"].tolist() == runs["auc_tv_log"].tolist()
    assert drawing.rows["y"].tolist() == runs["auc_tv"].tolist()
    encoding = drawing.spec["encoding"]
    assert [encoding[axis]["title"] for axis in "xy"] == ["density in a", "density in a (untrained)"]
