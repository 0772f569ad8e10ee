from strace_core.study import Study, reconstruction_curve, structural_marks
from strace_explorer.charts.findings import reconstruction
from strace_explorer.charts.findings.parts import of_model
from tests.core.studies import make_study, random_study


def test_the_rows_are_the_analysis_with_phases_and_marks(study: Study) -> None:
    curve, marks = reconstruction_curve(study), structural_marks(study)
    rows = reconstruction.reconstruction_rows(of_model(curve, "a"), "fraction", of_model(marks, "a"))
    trace = rows[(rows["part"] == "curve") & (rows["line"] == "the trace")]
    mine = curve[(curve["model"] == "a") & (curve["order"] == "trace")]
    assert trace["y"].tolist() == mine["mean"].tolist() and trace["q90"].tolist() == mine["q90"].tolist()
    others = rows[(rows["part"] == "curve") & (rows["line"] != "the trace")]
    assert others["q10"].isna().all(), "only the trace has the band of prompts"
    assert set(rows.loc[rows["part"] == "mark", "label"]) == {"one path", "whole backbone"}
    assert rows.loc[rows["part"] == "phase", ["line", "x", "end"]].to_numpy().tolist() == [
        ["construction", 1e-4, 1e-2], ["refinement", 1e-2, 1.0],
    ]  # fmt: skip


def test_one_unit_is_marked_on_another_axis() -> None:
    study = random_study(2, ("a",), 6)
    drawing = reconstruction.draw(reconstruction_curve(study, axis="path"), structural_marks(study), "a", "path")
    (mark,) = drawing.rows[drawing.rows["part"] == "mark"].to_dict("records")
    assert (mark["x"], mark["label"]) == (1.0, "one path")
    assert not (drawing.rows["part"] == "phase").any()


def test_a_study_without_traces_has_phases_at_most() -> None:
    study = make_study({"error": ["no"] * 3})
    drawing = reconstruction.draw(reconstruction_curve(study), structural_marks(study), "m", "fraction")
    assert set(drawing.rows["part"]) <= {"phase"}
    assert drawing.alt == "m. Distance (TV) to the full model against size. No values."
