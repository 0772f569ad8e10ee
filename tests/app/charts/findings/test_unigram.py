from strace_core.study import Study, unigram_closeness
from strace_explorer.charts.findings import unigram
from strace_explorer.charts.findings.parts import of_model


def test_the_reference_is_the_full_models_level(study: Study) -> None:
    closeness = unigram_closeness(study)
    drawing = unigram.draw(closeness, "a", "unigram_tv")
    mine = of_model(closeness, "a").query("measure == 'unigram_tv'")
    (level,) = drawing.rows[drawing.rows["part"] == "reference"].to_dict("records")
    assert (level["y"], level["label"]) == (mine["full"].iloc[-1], "full model")
    curve = drawing.rows[drawing.rows["part"] == "curve"]
    assert curve["y"].tolist() == mine["mean"].tolist()
