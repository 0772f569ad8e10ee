import threading

import numpy as np
import pytest
import torch

from strace_core import trace_prompt
from strace_core.model.block_forward import run_blocks
from strace_core.model.loaded import LoadedModel
from strace_core.progress import Progress
from tests.core.tiny_models import TELLING, tiny_model

TOKENS = (7, 3, 41, 3, 19)


@pytest.fixture(params=TELLING)
def model(request: pytest.FixtureRequest) -> LoadedModel:
    return tiny_model(request.param)


def is_untouched(model: LoadedModel) -> bool:
    patched = any("forward" in parts.block.__dict__ for parts in model.blocks)
    return not patched and model.module.config._attn_implementation != "strace"


def test_the_lock_is_free_after_an_exception_in_the_middle(model: LoadedModel) -> None:
    def fail(layer, parts, resid_pre, arguments):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_blocks(model, torch.tensor([TOKENS]), fail)
    free = []
    thread = threading.Thread(target=lambda: free.append(model.lock.acquire(blocking=False)))
    thread.start()
    thread.join()
    assert free == [True]


def test_an_exception_in_the_progress_callback_stops_the_trace(model: LoadedModel) -> None:
    stages: list[str] = []

    def stop(progress: Progress) -> None:
        stages.append(progress.stage)
        if progress.stage == "grow":
            raise StopIteration

    with pytest.raises(StopIteration):
        trace_prompt(model, TOKENS, on_progress=stop)
    assert [*dict.fromkeys(stages)] == ["capture", "score", "grow"]
    assert is_untouched(model)


def test_two_threads_get_what_one_gets(model: LoadedModel) -> None:
    prompts = [(1, 2, 3, 4), (9, 8, 7), (5, 5, 5, 5, 5, 5), (11, 13, 17, 19, 23)] * 2
    alone = [trace_prompt(model, prompt).logits for prompt in prompts]
    together: dict[int, np.ndarray] = {}

    def work(index: int) -> None:
        together[index] = trace_prompt(model, prompts[index]).logits

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(prompts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for index, logits in enumerate(alone):
        assert np.array_equal(together[index], logits)
