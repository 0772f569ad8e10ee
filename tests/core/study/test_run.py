"""A study gives the same numbers however it is interrupted, and a folder holds one study."""

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from strace_core.errors import FileError, ModelError, NumericalError, SettingError, SizeError
from strace_core.study import run as module
from strace_core.study import tracing
from strace_core.study.journal import JOURNAL_FILE, open_journal
from strace_core.study.prompts import StudyPrompt
from strace_core.study.rows import failed_run
from strace_core.study.run import StudyProgress, local_engine, run_study
from strace_core.study.schema import ADDED_SINCE_EARLIER_FORMAT, EARLIER_FORMAT, RUN_KEY, TABLES
from strace_core.study.settings import StudySettings
from strace_core.study.study import Study, load_study

ROOT = Path(__file__).resolve().parents[3]
WORDS = "the old king went to the sea and saw a bird on a stone".split()
PROMPTS = [
    *(StudyPrompt(f"p{n}", " ".join(WORDS[: 2 + n % 3]), " the", f"group {n % 2}") for n in range(5)),
    StudyPrompt("blank", " \t "),
    StudyPrompt("long", "king " * 600),
    StudyPrompt("two tokens", "The king", " wonderfully"),
]
SETTINGS = StudySettings(("demo-llama", "demo-gpt2:untrained"), sizes=(9,), baselines=())


@pytest.fixture(autouse=True, scope="module")
def small_chunks_and_few_loads() -> Iterator[None]:
    """Several chunks and batches in a small study; each model is loaded once for all tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CHUNK", 4)
        patch.setattr(tracing, "load_model", cache(tracing.load_model))
        patch.setattr(tracing, "untrained_model", cache(tracing.untrained_model))
        yield


@pytest.fixture(scope="module")
def undisturbed(small_chunks_and_few_loads: None, tmp_path_factory: pytest.TempPathFactory) -> Study:
    return run_study(PROMPTS, SETTINGS, tmp_path_factory.mktemp("undisturbed"))


def _assert_same(one: Study, other: Study) -> None:
    pd.testing.assert_frame_equal(one.runs, other.runs)
    pd.testing.assert_frame_equal(one.sizes, other.sizes)


def test_every_score_rule_has_its_runs(tmp_path: Path) -> None:
    settings = StudySettings(("demo-llama",), scores=("l2", "random"), sizes=(9,), baselines=())
    study = run_study(PROMPTS[:2], settings, tmp_path)
    rows = study.runs[["score", "prompt_id"]].itertuples(index=False, name=None)
    assert list(rows) == [("l2", "p0"), ("l2", "p1"), ("random", "p0"), ("random", "p1")]
    assert study.only(scores=["random"]).sizes["score"].unique().tolist() == ["random"]


def test_every_search_has_its_runs_and_the_guided_ones_are_no_worse(tmp_path: Path) -> None:
    """Each guided run stores the best-first curve, which equals that of the best-first run."""
    settings = StudySettings(("demo-llama",), searches=("guided", "best-first"), effort=0.1, sizes=(9,), baselines=())
    study = run_study(PROMPTS[:2], settings, tmp_path)
    rows = study.runs[["search", "prompt_id"]].itertuples(index=False, name=None)
    assert list(rows) == [("guided", "p0"), ("guided", "p1"), ("best-first", "p0"), ("best-first", "p1")]
    assert study.searches == ["best-first", "guided"] and study.settings["effort"] == 0.1
    guided, plain = (study.only(searches=[name]) for name in ("guided", "best-first"))
    assert guided.sizes["search"].unique().tolist() == guided.searches == ["guided"]
    assert guided.sizes["tv_best_first"].tolist() == pytest.approx(plain.sizes["tv"].tolist(), abs=1e-5)
    assert plain.sizes["tv_best_first"].isna().all()


def test_a_study_in_the_earlier_format_is_read_as_best_first(undisturbed: Study, tmp_path: Path) -> None:
    _write_earlier(undisturbed, tmp_path)
    found = load_study(tmp_path)
    _assert_same(found, undisturbed)
    assert found.searches == found.settings["searches"] == ["best-first"]
    with pytest.raises(FileError, match="format 1, which this program can read but not resume"):
        run_study(PROMPTS, SETTINGS, tmp_path)


def _write_earlier(study: Study, folder: Path) -> None:
    (folder / "study.json").write_text(json.dumps({"format": EARLIER_FORMAT, "settings": {}, "versions": {}}))
    for name, table in {"runs": study.runs, "sizes": study.sizes}.items():
        rows = pa.Table.from_pandas(table, schema=TABLES[name], preserve_index=False)
        earlier = rows.drop_columns([column for column in ADDED_SINCE_EARLIER_FORMAT if column in rows.column_names])
        pq.write_table(earlier, folder / f"{name}.parquet")


def test_one_row_for_each_model_rule_and_prompt_in_their_order(undisturbed: Study) -> None:
    keys = [
        (model, score, "best-first", prompt.id)
        for model in SETTINGS.models
        for score in SETTINGS.scores
        for prompt in PROMPTS
    ]
    assert list(undisturbed.runs[list(RUN_KEY)].itertuples(index=False, name=None)) == keys
    assert undisturbed.models == list(SETTINGS.models) and undisturbed.groups == ["group 0", "group 1", ""]
    traced = undisturbed.traced
    assert len(traced) == 2 * 6 and traced["n_tokens"].dtype == "int64"
    for key, rows in undisturbed.sizes.groupby(list(RUN_KEY), sort=False):
        run = traced.set_index(list(RUN_KEY)).loc[key]
        assert rows["n_edges"].tolist() == [0, 9, run["n_edges"]]
        assert rows["tv"].iloc[-1] < 1e-4


def test_a_prompt_that_fails_is_a_row_with_its_error(undisturbed: Study) -> None:
    failed = undisturbed.runs.dropna(subset="error").set_index("prompt_id")["error"]
    assert set(failed.index) == {"blank", "long"} and len(failed) == 2 * 2
    assert failed["blank"].str.contains("is empty").all()
    assert failed["long"].str.contains("tokens, but the model reads at most 512").all()
    assert not undisturbed.sizes["prompt_id"].isin(["blank", "long"]).any()


def test_targets_count_where_they_are_one_token(undisturbed: Study) -> None:
    runs = undisturbed.traced.set_index("prompt_id")
    assert runs.loc["two tokens", "target_surprisal"].isna().all()
    assert runs.loc["p0", "target_surprisal"].notna().all()


def test_a_part_of_a_study(undisturbed: Study) -> None:
    part = undisturbed.only(models=["demo-llama"], groups=["group 1"], scores=["l1"])
    assert part.models == ["demo-llama"] and set(part.runs["prompt_id"]) == {"p1", "p3"}
    assert set(part.sizes["prompt_id"]) == {"p1", "p3"} and set(part.sizes["model"]) == {"demo-llama"}
    assert len(undisturbed.only(groups=["no such"]).sizes) == len(undisturbed.only(scores=["l2"]).runs) == 0


def test_a_finished_study_is_not_run_again(undisturbed: Study, tmp_path: Path) -> None:
    prompts = PROMPTS[:2]
    first = run_study(prompts, SETTINGS, tmp_path)

    def refuses(settings: StudySettings, chunks: Any) -> Iterator[Any]:
        assert not chunks
        yield from ()

    _assert_same(run_study(prompts, SETTINGS, tmp_path, engine=refuses), first)


@pytest.mark.parametrize("seed", [1, 4])
def test_interrupted_at_any_batch_it_resumes_and_gives_the_same_numbers(
    undisturbed: Study, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)

    def interrupted(settings: StudySettings, chunks: Any) -> Iterator[Any]:
        for runs in local_engine(settings, chunks):
            if rng.random() < 0.2:
                raise KeyboardInterrupt
            yield runs

    n_interrupts = 0
    while True:
        try:
            study = run_study(PROMPTS, SETTINGS, tmp_path, engine=interrupted)
            break
        except KeyboardInterrupt:
            n_interrupts += 1
            so_far = load_study(tmp_path)  # the tables exist, without duplicate rows
            assert not so_far.runs.duplicated(list(RUN_KEY)).any()
    assert n_interrupts > 0
    _assert_same(study, undisturbed)


KILLED_AFTER = (1, 6)
"""Batches after which a study's process is killed."""

KILLED = """
import os, sys
from pathlib import Path
from strace_core.study import run
from tests.core.study.test_run import PROMPTS, SETTINGS
run.CHUNK = 4

def study(folder, left):
    def count(progress):
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), 9)
    run.run_study(PROMPTS, SETTINGS, folder, on_progress=count)

for n_batches in map(int, sys.argv[2:]):
    child = os.fork()
    if not child:
        study(Path(sys.argv[1]) / str(n_batches), n_batches)
        os._exit(1)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders of studies whose processes the system killed, by number of batches: no clean-up of any kind.

    One process imports the engine and forks a child for each study.
    """
    folder = tmp_path_factory.mktemp("killed")
    command = [sys.executable, "-c", KILLED, folder, *map(str, KILLED_AFTER)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.split() == ["-9"] * len(KILLED_AFTER), done.stderr
    return folder


@pytest.mark.parametrize("n_groups", KILLED_AFTER)
def test_killed_it_loses_nothing_that_was_finished(
    undisturbed: Study, killed: Path, tmp_path: Path, n_groups: int
) -> None:
    shutil.copytree(killed / str(n_groups), tmp_path, dirs_exist_ok=True)
    with open_journal(tmp_path, *_claimed(tmp_path)) as journal:
        kept = journal.errors()
    assert n_groups <= len(kept) <= 4 * n_groups
    told: list[StudyProgress] = []
    _assert_same(run_study(PROMPTS, SETTINGS, tmp_path, on_progress=told.append), undisturbed)
    assert told[0].done > len(kept) and told[-1].done == told[-1].total == 16 and told[-1].failed == 4


def _claimed(folder: Path) -> tuple[dict[str, Any], dict[str, str]]:
    about = json.loads((folder / "study.json").read_text())
    return about["settings"], about["versions"]


def test_a_row_is_never_doubled(tmp_path: Path) -> None:
    run = failed_run(PROMPTS[0], "m", "l1", "guided", NumericalError("first"))
    again = failed_run(PROMPTS[0], "m", "l1", "guided", NumericalError("second"))
    with open_journal(tmp_path, {}, {}) as journal:
        journal.add([run])
        journal.add([again, failed_run(PROMPTS[0], "m", "l1", "best-first", NumericalError("other"))])
        guided, plain = ("m", "l1", "guided", "p0"), ("m", "l1", "best-first", "p0")
        assert journal.errors() == {guided: "first", plain: "other"}
        journal.write_tables([plain, guided, ("m", "l1", "guided", "p1")])
    assert load_study(tmp_path).runs["error"].tolist() == ["other", "first"]


def test_failed_runs_are_tried_again_when_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = StudySettings(("demo-llama",), sizes=(9,), baselines=())

    def broken(*args: Any, **kwargs: Any) -> None:
        raise MemoryError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(tracing, "trace_prompts", broken)
        failed = run_study(PROMPTS[:3], settings, tmp_path)
    assert failed.runs["error"].tolist() == ["no room"] * 3 and len(failed.traced) == 0
    assert run_study(PROMPTS[:3], settings, tmp_path).runs["error"].tolist() == ["no room"] * 3
    assert run_study(PROMPTS[:3], settings, tmp_path, retry_failed=True).runs["error"].isna().all()


def test_of_prompts_that_fail_together_the_good_ones_succeed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = tracing.trace_prompts

    def fails(model: Any, prompts: list[str], **kwargs: Any) -> Any:
        if any("bad" in prompt for prompt in prompts):
            raise NumericalError("not finite")
        return plain(model, prompts, **kwargs)

    monkeypatch.setattr(tracing, "trace_prompts", fails)
    prompts = [StudyPrompt("good", "a good king"), StudyPrompt("bad", "a bad king")]
    runs = run_study(prompts, StudySettings(("demo-llama",), sizes=(9,), baselines=()), tmp_path).runs
    assert runs["n_tokens"].tolist()[0] == 4
    assert runs["error"].tolist()[1] == "not finite" and pd.isna(runs["error"][0])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seed": 4}, "seed = 3, but this one has 4"),
        ({"sizes": "dense"}, "sizes = 'paper', but this one has 'dense'"),
        ({"models": ("demo-llama", "demo-gpt2")}, "models = "),
    ],
)
def test_a_folder_of_another_study_is_left_alone(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    first = {"models": ("demo-llama",), "seed": 3}
    with open_journal(tmp_path, StudySettings(**first).described(PROMPTS), {"torch": "1"}) as journal:
        journal.add([failed_run(PROMPTS[0], "demo-llama", "l1", "best-first", NumericalError("x"))])
    with (
        pytest.raises(FileError, match=said),
        open_journal(tmp_path, StudySettings(**(first | change)).described(PROMPTS), {"torch": "1"}),
    ):
        pass
    with (
        pytest.raises(FileError, match="prompts = |n_prompts = "),
        open_journal(tmp_path, StudySettings(**first).described(PROMPTS[1:]), {"torch": "1"}),
    ):
        pass
    with (
        pytest.raises(FileError, match="torch = '1', but this one has '2'"),
        open_journal(tmp_path, StudySettings(**first).described(PROMPTS), {"torch": "2"}),
    ):
        pass


def test_folders_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("x")
    (tmp_path / "file").write_text("x")
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "study.json").write_text("{")
    (tmp_path / "newer").mkdir()
    (tmp_path / "newer" / "study.json").write_text('{"format": 99, "settings": {}, "versions": {}}')
    for name, said in {
        "full": "not empty and holds no study",
        "file": "cannot be used as a folder",
        "damaged": "is damaged",
        "newer": "has format 99, but this program reads 1 and 2",
    }.items():
        with pytest.raises(FileError, match=said), open_journal(tmp_path / name, {}, {}):
            pass
    assert sorted(path.name for path in (tmp_path / "full").iterdir()) == ["letter.txt"]


def test_two_processes_do_not_write_one_study(tmp_path: Path) -> None:
    with (
        open_journal(tmp_path, {}, {}),
        pytest.raises(FileError, match="another process is writing to it"),
        open_journal(tmp_path, {}, {}),
    ):
        pass


def test_a_full_disk_stops_a_study_and_loses_nothing(undisturbed: Study, tmp_path: Path) -> None:
    """SQLite's page limit simulates a full disk."""

    def filling(settings: StudySettings, chunks: Any) -> Iterator[Any]:
        for number, runs in enumerate(local_engine(settings, chunks)):
            if number == 2:
                journals[0].database.execute("PRAGMA max_page_count = 1")
            large = failed_run(PROMPTS[-1], "m", "l1", "best-first", NumericalError("x" * 100_000))
            yield [large] if number == 2 else runs

    journals: list[Any] = []
    plain = module.Journal.errors

    def remembered(self: Any) -> Any:
        journals.append(self)
        return plain(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module.Journal, "errors", remembered)
        with pytest.raises(FileError, match="cannot be saved .* is full.*Earlier runs are safe"):
            run_study(PROMPTS, SETTINGS, tmp_path, engine=filling)
    assert len(load_study(tmp_path).runs) >= 2
    _assert_same(run_study(PROMPTS, SETTINGS, tmp_path), undisturbed)


def test_a_damaged_journal_is_reported(tmp_path: Path) -> None:
    with open_journal(tmp_path, {}, {}):
        pass
    (tmp_path / JOURNAL_FILE).write_bytes(b"no database at all, and long enough to be looked at" * 50)
    with pytest.raises(FileError, match="cannot be opened"), open_journal(tmp_path, {}, {}):
        pass


def test_a_model_that_is_not_there_stops_a_study_before_it_starts(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no-such-model"):
        run_study(PROMPTS, StudySettings(("demo-llama", "no-such-model:untrained")), tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"models": ()}, "at least one model"),
        ({"scores": ()}, "at least one model"),
        ({"models": ("a", "a")}, "lists a name twice"),
        ({"scores": ("l3",)}, "l3"),
        ({"searches": ()}, "one search"),
        ({"searches": ("guided", "guided")}, "lists a name twice"),
        ({"searches": ("blind",)}, "no search 'blind'"),
        ({"effort": 0}, "effort 0 is not a number above 0"),
        ({"baselines": ("none",)}, "no baseline 'none'"),
        ({"sizes": "fine"}, "is not a grid"),
        ({"sizes": (1.5,)}, "fraction outside"),
    ],
)
def test_settings_that_make_no_sense(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises((SettingError, SizeError), match=said):
        StudySettings(**({"models": ("demo-llama",)} | wrong))


def test_prompts_with_one_id_twice(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="repeats 1 ids, such as 'p0'"):
        run_study([PROMPTS[0], PROMPTS[0]], SETTINGS, tmp_path)
