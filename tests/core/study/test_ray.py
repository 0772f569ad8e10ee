"""The Ray engine on a local cluster that the module's tests share."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pytest
import torch

from strace_core.cli.main import main
from strace_core.errors import ModelError, SettingError
from strace_core.study import ray_cluster as module
from strace_core.study import run
from strace_core.study.prompts import StudyPrompt
from strace_core.study.ray_cluster import ray_engine
from strace_core.study.run import Chunk, StudyProgress, run_study
from strace_core.study.settings import StudySettings
from strace_core.study.study import load_study

ORDINARY = [StudyPrompt(f"p{n}", "The little dog" + " ran" * n, target=" and", group=f"g{n % 2}") for n in range(11)]
TOO_LONG = StudyPrompt("long", "word " * 3000)
PROMPTS = [*ORDINARY[:5], TOO_LONG, *ORDINARY[5:]]
DEADLY = "p7"
SETTINGS = StudySettings(models=("demo-llama",), sizes=(8, 0.01), baselines=("random",))


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    with module.connected(None):
        yield


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "CHUNK", 3)


def engine(n_workers: int) -> run.Engine:
    return ray_engine(None, n_workers=n_workers, cpus_each=1, gpus_each=0)


def mortal_worker(died: Path, times: int) -> type:
    """A worker whose process the deadly prompt kills ``times`` times. (Local, so that Ray pickles it by value.)"""
    deadly = DEADLY

    class MortalWorker:
        def load(self, *load_arguments: Any) -> None:
            self.worker = module._Worker()
            self.worker.load(*load_arguments)

        def trace(self, chunk: Any) -> Any:
            deaths = [*died.iterdir()]
            if len(deaths) < times and deadly in [prompt.id for prompt in chunk.prompts]:
                (died / str(len(deaths))).touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return self.worker.trace(chunk)

    return MortalWorker


def living_workers() -> list[psutil.Process]:
    """Actor processes, by the names Ray gives them; one that ends meanwhile does not count."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if "Worker." in " ".join(process.cmdline()) and process.cmdline()[0].startswith("ray::"):
                found.append(process)
    return found


@contextmanager
def as_many_threads_as_a_worker() -> Iterator[None]:
    """A different number of threads changes the last digits of sums, and with them counts up to a threshold."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def interrupt(progress: StudyProgress) -> None:
    raise KeyboardInterrupt


def assert_tables_agree(found: pd.DataFrame, wanted: pd.DataFrame) -> None:
    """Rows, their order and everything but floats must be equal; floats must be close."""
    floats = wanted.select_dtypes(np.floating).columns
    pd.testing.assert_frame_equal(found.drop(columns=floats), wanted.drop(columns=floats))
    np.testing.assert_allclose(found[floats], wanted[floats], rtol=1e-5, atol=1e-5)


def test_interrupted_and_with_a_worker_lost_a_study_gives_the_same_numbers_as_locally(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with as_many_threads_as_a_worker():
        wanted = run_study(PROMPTS, SETTINGS, tmp_path / "here")
    there, died = tmp_path / "there", tmp_path / "died"
    with pytest.raises(KeyboardInterrupt):
        run_study(PROMPTS, SETTINGS, there, engine=engine(2), on_progress=interrupt)
    assert len(load_study(there).runs) == 3, "the first chunk is kept"
    _, alive = psutil.wait_procs(living_workers(), timeout=60)
    assert not alive, "no worker goes on"

    died.mkdir()
    monkeypatch.setattr(module, "_Worker", mortal_worker(died, times=1))
    done: list[int] = []
    found = run_study(PROMPTS, SETTINGS, there, engine=engine(2), on_progress=lambda p: done.append(p.done))
    assert len([*died.iterdir()]) == 1, "a worker was killed"
    assert done == [6, 9, 12], "each chunk came once"
    assert found.runs["error"].notna().sum() == 1
    assert_tables_agree(found.runs, wanted.runs)
    assert_tables_agree(found.sizes, wanted.sizes)


def test_a_chunk_that_kills_its_workers_is_given_up_and_the_others_are_traced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    died = tmp_path / "died"
    died.mkdir()
    monkeypatch.setattr(module, "RETRIES", 0)
    monkeypatch.setattr(module, "_Worker", mortal_worker(died, times=99))
    found = run_study(ORDINARY[4:], SETTINGS, tmp_path / "study", engine=engine(1))
    failed = found.runs[found.runs["error"].notna()]
    assert len(failed) == 3 and DEADLY in {*failed["prompt_id"]}
    assert failed["error"].str.contains("its worker was lost 1 times").all()
    assert len(found.traced) == len(ORDINARY[4:]) - 3
    assert len([*died.iterdir()]) == 1


def test_a_model_that_a_worker_cannot_load_ends_the_study(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere")
    chunk = Chunk(nowhere, "l1", "best-first", tuple(ORDINARY))
    with pytest.raises(ModelError, match=r"a worker cannot load '.*nowhere'"):
        list(engine(1)(StudySettings(models=(nowhere,)), [chunk]))


def test_a_worker_with_other_versions_does_not_compute() -> None:
    with pytest.raises(SettingError, match=r"it has torch .* runs with 0\.1"):
        module._Worker().load("demo-llama", SETTINGS, {"torch": "0.1"}, 1)


@pytest.mark.parametrize(
    ("settings", "gpus_each", "said"),
    [
        (StudySettings(models=("demo-llama",), device="cuda"), 0.0, "'cuda' needs workers with a GPU"),
        (SETTINGS, 99.0, "no node of the cluster has 1 cores and 99 GPUs"),
    ],
)
def test_workers_that_do_not_fit(settings: StudySettings, gpus_each: float, said: str) -> None:
    impossible = ray_engine(None, n_workers=None, cpus_each=1, gpus_each=gpus_each)
    with pytest.raises(SettingError, match=said):
        list(impossible(settings, [Chunk("demo-llama", "l1", "best-first", tuple(ORDINARY))]))


@pytest.mark.parametrize(
    ("n_workers", "cpus_each", "gpus_each"),
    [(0, 1.0, 0.0), (2, -1.0, 0.0), (2, 0.0, 0.0), (2, 1.0, float("nan")), (2, float("inf"), 0.0)],
)
def test_workers_without_resources(n_workers: int, cpus_each: float, gpus_each: float) -> None:
    with pytest.raises(SettingError, match="give"):
        ray_engine(None, n_workers=n_workers, cpus_each=cpus_each, gpus_each=gpus_each)


def test_room_is_counted_by_node() -> None:
    """Half of a worker's cores on each of two nodes is not enough for a worker."""
    small, large, gone = ({"Alive": alive, "Resources": {"CPU": n, "GPU": 1}} for alive, n in ((1, 3), (1, 8), (0, 99)))
    assert module._room([small, large, gone], {"CPU": 4, "GPU": 0}) == 2
    assert module._room([small, large, gone], {"CPU": 1, "GPU": 0.25}) == 3 + 4
    assert module._room([small, large], {"CPU": 1, "GPU": 2}) == 0


def test_without_ray_its_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    prompts, out = tmp_path / "prompts.txt", tmp_path / "study"
    prompts.write_text("The dog\n")
    command = ["study", "--models", "demo-llama", "--prompts", str(prompts), "--out", str(out), "--engine", "ray"]
    assert main(command) == 1
    assert "pip install 'strace-explorer[ray]'" in capsys.readouterr().err
    assert not out.exists()
