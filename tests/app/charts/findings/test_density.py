from strace_core.study import Study
from strace_explorer.charts.findings import density
from strace_explorer.charts.findings.scatter import with_shown_groups
from strace_explorer.charts.parts import PICK


def test_words_name_the_measure_and_the_covariate(study: Study) -> None:
    runs = with_shown_groups(study.traced)
    drawing = density.draw(runs, "a", "auc_tv", "entropy", 100, clickable=True)
    assert drawing.alt.startswith("a. 12 prompts, area over size against uncertainty (entropy, nats)")
    assert [parameter["name"] for parameter in drawing.spec["params"]] == [PICK]


def test_only_length_has_a_log_axis_and_only_what_opens_can_be_clicked(study: Study) -> None:
    runs = with_shown_groups(study.traced)
    scales = {}
    for covariate in ("entropy", "n_tokens"):
        spec = density.draw(runs, "a", "auc_tv", covariate, 100, clickable=False).spec
        scales[covariate] = spec["encoding"]["x"]["scale"]["type"]
        assert "params" not in spec
    assert scales == {"entropy": "linear", "n_tokens": "log"}
