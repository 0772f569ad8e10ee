"""A run can be stopped at any report of progress, and leaves nothing behind: no patch, no lock held, no state."""

import gc
import threading
import weakref
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from strace_core import Progress, TraceResult, capture_prompt, trace_prompt, with_baselines
from strace_core.model.loaded import LoadedModel
from strace_core.progress import ignore_progress
from tests.core.tiny_models import tiny_model

TOKENS = (7, 3, 41, 3, 19)


class Stop(BaseException):
    """Like Streamlit's own and KeyboardInterrupt, no Exception."""


class StopAt:
    """Raises at one report."""

    def __init__(self, report: int) -> None:
        self.left = report

    def __call__(self, progress: Progress) -> None:
        self.left -= 1
        if self.left < 0:
            raise Stop


@pytest.fixture(autouse=True, scope="module")
def small_batches() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("strace_core.evaluate.masked_forward.MAX_BATCH_TOKENS", 4 * len(TOKENS))
        yield


@pytest.fixture(scope="module", params=["gemma2", "gpt_neo", "gpt_neox"])
def model(request: pytest.FixtureRequest) -> LoadedModel:
    return tiny_model(request.param)


@pytest.fixture(scope="module")
def stages(model: LoadedModel) -> list[str]:
    """Stages of all reports of one trace with a baseline, in small batches."""
    seen: list[Progress] = []
    traced(model, seen.append)
    return [progress.stage for progress in seen]


def traced(model: LoadedModel, on_progress) -> TraceResult:
    return trace_prompt(model, TOKENS, sizes=[0, 3, 9, 30, 60, 1.0], baselines=["random"], on_progress=on_progress)


def is_untouched(model: LoadedModel) -> bool:
    left = {"forward", "_attn", "_strace_site"}
    return not any(left & vars(module).keys() for module in model.module.modules())


def lock_is_free(model: LoadedModel) -> bool:
    free: list[bool] = []

    def try_it() -> None:
        free.append(model.lock.acquire(blocking=False))
        if free[0]:
            model.lock.release()

    thread = threading.Thread(target=try_it)
    thread.start()
    thread.join()
    return free[0]


class Watch(TorchDispatchMode):
    """Inside, keeps an eye on every tensor that is computed."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[weakref.ref[torch.Tensor]] = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        output = function(*args, **kwargs or {})
        self.seen += [weakref.ref(part) for part in tree_leaves(output) if isinstance(part, torch.Tensor)]
        return output

    def left(self) -> list[torch.Size]:
        """Shapes of those still in memory; none waits for the garbage collector."""
        return [tensor.shape for tensor in (seen() for seen in self.seen) if tensor is not None]


@pytest.fixture(autouse=True)
def no_collection() -> Iterator[None]:
    """Nothing is freed by the garbage collector: what is left is left."""
    gc.disable()
    yield
    gc.enable()


def test_every_block_is_reported(model: LoadedModel, stages: list[str]) -> None:
    """Once before each block, step or stretch of growth, and once more when a stage or batch is finished.

    Of the capture, after each block.
    """
    n_layers = model.spec.n_layers
    assert stages == [
        *["capture"] * n_layers, *["score"] * (n_layers + 1), *["grow"] * 4,
        *["subgraphs"] * 2 * (n_layers + 1), *["random"] * 2 * (n_layers + 1),
    ]  # fmt: skip


def test_a_trace_stopped_at_any_report_leaves_nothing_behind(model: LoadedModel, stages: list[str]) -> None:
    implementation = model.module.config._attn_implementation
    expected = traced(model, ignore_progress)
    first = {stage: stages.index(stage) for stage in stages}
    # before and after the first and the last block of every stage, and in the middle of a second batch
    for moment in sorted({*first.values(), *(place - 1 for place in first.values() if place), len(stages) - 3}):
        with Watch() as watch, pytest.raises(Stop):
            traced(model, StopAt(moment))
        assert watch.seen and not watch.left(), f"states outlive a stop at {stages[moment]}"
        assert is_untouched(model) and model.module.config._attn_implementation == implementation
        assert lock_is_free(model)
    again = traced(model, ignore_progress)
    assert np.array_equal(again.logits, expected.logits) and np.array_equal(again.trace.order, expected.trace.order)


def test_a_capture_and_a_baseline_stop_likewise(model: LoadedModel) -> None:
    result = trace_prompt(model, TOKENS)
    for moment in (0, model.spec.n_layers - 1):
        with Watch() as watch, pytest.raises(Stop):
            capture_prompt(model, TOKENS, on_progress=StopAt(moment))
        with watch, pytest.raises(Stop):
            with_baselines(model, result, ["random"], on_progress=StopAt(moment))
        assert watch.seen and not watch.left() and is_untouched(model) and lock_is_free(model)
    assert len(capture_prompt(model, TOKENS).activations.blocks) == model.spec.n_layers


def test_a_finished_trace_keeps_the_logits_alone(model: LoadedModel) -> None:
    with Watch() as watch:
        result = traced(model, ignore_progress)
    assert {*watch.left()} <= {(1, model.spec.d_vocab), (model.spec.d_vocab,)}
    assert len(result.curve) == 6


def test_a_stopped_run_gives_the_model_to_who_waits_for_it(model: LoadedModel) -> None:
    """The lock is held in the middle of a block's run and free as soon as it is stopped."""
    inside, waited = threading.Event(), []

    def wait_then_stop(progress: Progress) -> None:
        if progress.stage == "subgraphs":
            waited.append(not lock_is_free(model))
            inside.set()
            raise Stop

    other = threading.Thread(target=lambda: (inside.wait(), waited.append(len(trace_prompt(model, TOKENS).curve))))
    other.start()
    with pytest.raises(Stop):
        trace_prompt(model, TOKENS, on_progress=wait_then_stop)
    other.join()
    assert waited == [True, len(trace_prompt(model, TOKENS).curve)]
