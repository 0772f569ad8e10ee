"""``study``, as the shell runs it."""

from pathlib import Path

import pytest

from strace_core.cli import progress
from strace_core.cli.main import main
from strace_core.study.study import load_study

PROMPTS = 'id,text,target,group\nfrance,The capital of France is, Paris,capitals\nblank,x, ,\n"long","{}",,\n'


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    place = tmp_path / "prompts.csv"
    place.write_text(PROMPTS.format("king " * 600))
    return place


def test_a_study_from_the_shell(tmp_path: Path, prompts: Path, capsys: pytest.CaptureFixture) -> None:
    out = tmp_path / "out"
    ask = ["study", "--models", "demo-llama", "--prompts", str(prompts), "--out", str(out)]
    ask += ["--sizes", "10", "0.5", "--baselines", "random", "--scores", "l2", "--seed", "3", "--device", "cpu"]
    assert main(ask) == 0
    said = capsys.readouterr()
    assert said.out == "" and said.err.endswith(f"3 runs, 1 failed -> {out}\n")
    study = load_study(out)
    assert study.settings["seed"] == 3 and study.settings["sizes"] == [10, 0.5]
    assert study.runs["prompt_id"].tolist() == ["france", "blank", "long"] and set(study.runs["score"]) == {"l2"}
    france = study.sizes[study.sizes["prompt_id"] == "france"]
    n_edges = study.runs["n_edges"][0]
    assert france["n_edges"].tolist() == [0, 10, n_edges // 2, n_edges]
    assert france["tv_random"].notna().all() and france["tv_backbone"].isna().all()
    assert main([*ask[:-2], "--device", "cpu", "--seed", "4"]) == 1
    assert "holds a study with seed = 3, but this one has 4" in capsys.readouterr().err


def test_a_guided_study_from_the_shell(tmp_path: Path) -> None:
    prompts, out = tmp_path / "prompts.txt", tmp_path / "out"
    prompts.write_text("The dog\n")
    ask = ["study", "--models", "demo-llama", "--prompts", str(prompts), "--out", str(out), "--sizes", "10"]
    assert main([*ask, "--searches", "guided", "best-first", "--effort", "0.1", "--baselines"]) == 0
    study = load_study(out)
    assert study.settings["searches"] == ["guided", "best-first"] and study.settings["effort"] == 0.1
    assert study.runs["search"].tolist() == ["guided", "best-first"]
    assert study.only(searches=["guided"]).sizes["tv_best_first"].notna().all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (["--models", "no-such-model"], "no-such-model"),
        (["--models", "demo-llama", "demo-llama"], "demo-llama"),
        (["--prompts", "none.csv"], "none.csv"),
        (["--scores", "l9"], "'l9'"),
        (["--searches", "blind"], "'blind'"),
        (["--searches", "guided", "--effort", "-1"], "effort -1.0"),
        (["--baselines", "x"], "no baseline 'x'"),
        (["--sizes", "1.5"], "1.5"),
        (["--engine", "ray", "--workers", "0"], "0 workers"),
        (["--engine", "ray", "--address", "127.0.0.1:9"], "'127.0.0.1:9'"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    tmp_path: Path, prompts: Path, capsys: pytest.CaptureFixture, change: list[str], said: str
) -> None:
    ask = ["study", "--models", "demo-llama", "--prompts", str(prompts), "--out", str(tmp_path / "out"), *change]
    assert main(ask) == 1
    captured = capsys.readouterr()
    assert said in captured.err and captured.err.count("\n") == 1 and captured.out == ""
    assert captured.err.startswith("python -m strace_core study: ")


def test_an_interrupted_study_says_how_to_resume_it(
    tmp_path: Path, prompts: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def interrupted(*given: object) -> None:
        raise KeyboardInterrupt

    ask = ["study", "--models", "demo-llama", "--prompts", str(prompts), "--out", str(tmp_path / "out")]
    with monkeypatch.context() as patch:
        patch.setattr(progress.tqdm, "set_description", interrupted)
        assert main([*ask, "--sizes", "10"]) == 130
    assert "run the same command again to resume" in capsys.readouterr().err
    assert 1 <= len(load_study(tmp_path / "out").runs) < 3
    assert main([*ask, "--sizes", "10"]) == 0
    assert len(load_study(tmp_path / "out").runs) == 3
