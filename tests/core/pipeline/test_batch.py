"""Traces made together are those made one by one: the same orders and counts, and numbers equal up to rounding."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strace_core import (
    BASELINES,
    NumericalError,
    Progress,
    PromptError,
    SettingError,
    SizeError,
    TraceResult,
    trace_prompt,
    trace_prompts,
)
from strace_core.evaluate import masked_forward
from strace_core.evaluate.masked_forward import MaskedRun, logits_of_runs, subgraph_logits
from strace_core.graph.layout import EdgeLayout
from strace_core.model.loaded import LoadedModel
from strace_core.trace.growth import grow_best_first
from strace_core.trace.trace import Trace
from tests.core.tiny_models import CONFIGS, D_VOCAB, TELLING, tiny_model

PROMPTS = [(7, 3, 41, 3, 19), (1, 2), (50, 0, 4, 9, 9), (8,), (19, 3, 41, 3, 7), (7, 3, 41, 3, 19), (5, 6)]
SIZES = [0, 3, 9, 0.3, 0.8, 1.0]
ROUNDED = ["tv", "kl", "entropy", "surprisal", "target_surprisal", "top1_probability"]
NEAR_A_STEP = ["top1", "top1_match", "top_k_overlap", "shared_nucleus"]
"""Columns that jump where two tokens are equally likely but for rounding."""


def assert_same_trace(found: TraceResult, alone: TraceResult) -> None:
    assert found.id == alone.id and found.prompt == alone.prompt and found.settings == alone.settings
    assert np.array_equal(found.trace.order, alone.trace.order) and np.array_equal(found.scores, alone.scores)
    assert np.array_equal(found.full_logits, alone.full_logits)
    scale = max(1.0, float(np.abs(alone.logits).max()))
    np.testing.assert_allclose(found.logits, alone.logits, atol=1e-5 * scale, rtol=1e-4)
    assert list(found.baselines) == list(alone.baselines)
    pairs = [(found.curve, alone.curve), *((found.baselines[name], alone.baselines[name]) for name in alone.baselines)]
    for curve, expected in pairs:
        rounded = [name for name in ROUNDED if name in expected]
        exact = [name for name in expected if name not in [*rounded, *NEAR_A_STEP]]
        assert list(curve) == list(expected) and (curve.dtypes == expected.dtypes).all()
        pd.testing.assert_frame_equal(curve[exact], expected[exact])
        np.testing.assert_allclose(curve[rounded], expected[rounded], atol=1e-4, rtol=1e-4)
        assert (curve["top1_match"] == expected["top1_match"]).mean() >= 0.8


def runs_of(model: LoadedModel, prompts: Sequence[tuple[int, ...]], n_orders: int) -> list[MaskedRun]:
    """Grown and scattered orders after each prompt, each with sizes of its own."""
    spec, rng = model.spec, np.random.default_rng(2)
    layout = EdgeLayout(spec.n_layers, spec.n_heads, len(prompts[0]), spec.parallel)
    runs = []
    for prompt in prompts:
        grown = grow_best_first(layout, rng.random(layout.n_edges, dtype=np.float32))
        for order in [grown, *(rng.permutation(layout.n_edges) for _ in range(n_orders - 1))]:
            sizes = rng.integers(0, layout.n_edges + 1, rng.integers(1, 6))
            runs.append(MaskedRun(prompt, Trace(layout, order), sizes))
    return runs


def logits_by_run(model: LoadedModel, runs: list[MaskedRun], *, every_row: bool = False) -> list[np.ndarray]:
    parts: list[list[np.ndarray]] = [[] for _ in runs]
    for batch in logits_of_runs(model, runs, every_row=every_row):
        for place, rows, logits in batch:
            assert rows.start == sum(map(len, parts[place]))
            parts[place].append(logits)
    return [np.concatenate(of_run) for of_run in parts]


@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_runs_of_several_prompts_and_orders_equal_each_alone(name: str) -> None:
    """On every architecture, and with all rows as well as with those that are needed."""
    model = tiny_model(name)
    runs = runs_of(model, [(7, 3, 41, 3, 19, 2), (1, 2, 3, 4, 5, 6), (9, 9, 0, 9, 9, 9)], n_orders=2)
    together, of_all_rows = logits_by_run(model, runs), logits_by_run(model, runs, every_row=True)
    for run, found, whole in zip(runs, together, of_all_rows, strict=True):
        alone = np.concatenate([part for _, part in subgraph_logits(model, run.token_ids, run.trace, run.sizes)])
        scale = max(1.0, float(np.abs(alone).max()))
        np.testing.assert_allclose(found, alone, atol=3e-5 * scale)
        np.testing.assert_allclose(found, whole, atol=3e-5 * scale)


def test_another_prompt_beside_it_changes_no_output() -> None:
    """Nothing of one prompt reaches the other: not its tokens, not its order."""
    model = tiny_model("llama")
    run, *others = runs_of(model, [(7, 3, 41), (1, 2, 3), (4, 4, 4)], n_orders=1)
    beside = [logits_by_run(model, [run, other])[0] for other in others]
    np.testing.assert_allclose(beside[0], beside[1], atol=1e-6)


@pytest.mark.parametrize("name", [*TELLING, "gpt_oss", "codegen", "opt", "deepseek_v3"])
def test_traces_together_are_those_made_one_by_one(name: str) -> None:
    model, targets, baselines = tiny_model(name), [None, 5, 6, None, 7, 8, 9], tuple(BASELINES)
    found = trace_prompts(model, PROMPTS, sizes=SIZES, baselines=baselines, targets=targets, seed=3)
    for result, prompt, target in zip(found, PROMPTS, targets, strict=True):
        alone = trace_prompt(model, prompt, sizes=SIZES, baselines=baselines, target=target, seed=3)
        assert_same_trace(result, alone)
    layouts = {id(result.layout) for result in found}
    assert len(layouts) == len({len(prompt) for prompt in PROMPTS})


prompts = st.lists(st.lists(st.integers(0, D_VOCAB - 1), min_size=1, max_size=4), max_size=7)
TINY = tiny_model("gemma2")


@settings(max_examples=10, deadline=None, derandomize=True)
@given(
    prompts,
    st.sampled_from([[1.0], [0, 2, 0.5, 1.0], "paper"]),
    st.lists(st.sampled_from(sorted(BASELINES)), max_size=3),
    st.integers(4, 60),
)
def test_any_list_in_batches_of_any_size(
    prompts: list[list[int]], sizes: list[float] | str, baselines: list[str], max_tokens: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(masked_forward, "MAX_BATCH_TOKENS", max_tokens)
        found = trace_prompts(TINY, prompts, sizes=sizes, baselines=baselines, seed=1)
        again = trace_prompts(TINY, prompts, sizes=sizes, baselines=baselines, seed=1)
    assert len(found) == len(prompts)
    for prompt, result, same in zip(prompts, found, again, strict=True):
        assert_same_trace(result, trace_prompt(TINY, prompt, sizes=sizes, baselines=baselines, seed=1))
        assert np.array_equal(result.logits, same.logits)
        pd.testing.assert_frame_equal(result.curve, same.curve, check_exact=True)


def batches_run(monkeypatch: pytest.MonkeyPatch) -> list[list[MaskedRun]]:
    """The batches of all masked runs from now on."""
    seen: list[list[MaskedRun]] = []
    plain = masked_forward._run_batch

    def recording(model: LoadedModel, runs: list[MaskedRun], **rest) -> np.ndarray:
        seen.append(runs)
        return plain(model, runs, **rest)

    monkeypatch.setattr(masked_forward, "_run_batch", recording)
    return seen


def test_no_batch_holds_more_than_that_of_one_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight subgraphs of four tokens fill a batch: two traces of three sizes, and two orders of one trace."""
    model, seen = tiny_model("llama"), batches_run(monkeypatch)
    monkeypatch.setattr(masked_forward, "MAX_BATCH_TOKENS", 8 * 4)
    several = [(n, 2, 3, 4) for n in range(5)]
    trace_prompts(model, several, sizes=[0, 9, 1.0])
    assert [[run.token_ids[0] for run in batch] for batch in seen] == [[0, 1], [2, 3], [4]]
    seen.clear()
    trace_prompts(model, several[:2], sizes=[0, 9, 1.0], baselines=["random", "backbone"])
    assert [[run.token_ids[0] for run in batch] for batch in seen] == [[0, 0], [0], [1, 1], [1]]
    seen.clear()
    trace_prompts(model, several[:2], sizes=[0, 4, 9, 30, 1.0], baselines=["random"])
    assert [[run.token_ids[0] for run in batch] for batch in seen] == [[0], [0], [1], [1]]


@pytest.mark.parametrize(
    ("lengths", "parts"),
    [
        ([5], [[(0, 0, 4)], [(0, 4, 5)]]),
        ([2, 2, 1], [[(0, 0, 2), (1, 0, 2)], [(2, 0, 1)]]),
        ([3, 2, 2], [[(0, 0, 3)], [(1, 0, 2), (2, 0, 2)]]),
        ([5, 3], [[(0, 0, 4)], [(0, 4, 5), (1, 0, 3)]]),
    ],
)
def test_runs_are_cut_only_where_they_do_not_fit(lengths: list[int], parts: list) -> None:
    found = list(masked_forward._batches(lengths, 4))
    assert [[(place, rows.start, rows.stop) for place, rows in batch] for batch in found] == parts


def test_progress_counts_prompts_and_may_stop_the_work() -> None:
    model, seen = tiny_model("llama"), list[Progress]()
    trace_prompts(model, PROMPTS, sizes=SIZES, baselines=["random"], on_progress=seen.append)
    assert {progress.stage for progress in seen} == {"prompts"} and {progress.total for progress in seen} == {7}
    done = [progress.done for progress in seen]
    assert done == sorted(done) and [*dict.fromkeys(done)] == [0, 4, 6, 7]  # of five tokens, of two, of one
    assert all(done.count(n) > 2 * model.spec.n_layers for n in (0, 4, 6))

    def stop(progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trace_prompts(model, PROMPTS, on_progress=stop)
    assert not any("forward" in vars(module) for module in model.module.modules())


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"prompts": [(1, 2), ()]}, PromptError, "no token ids"),
        ({"prompts": [(1, 2), "text"]}, PromptError, "no tokenizer, so it cannot read the text 'text'"),
        ({"prompts": "text"}, PromptError, "prompts = 'text' is one prompt; give a list of them"),
        ({"prompts": 3}, PromptError, "prompts = 3 is not a list of prompts"),
        ({"targets": [1]}, SettingError, "there are 1 targets for 2 prompts; give one per prompt, or None"),
        ({"targets": [1, 99]}, PromptError, "token id 99 at index 0 is not in the vocabulary"),
        ({"targets": 1}, SettingError, "targets = 1 is not a list of tokens; give one per prompt, or None"),
        ({"sizes": [30]}, SizeError, "size 30 is outside 0 to"),
        ({"score": "l3"}, SettingError, "no score rule 'l3'"),
        ({"baselines": "random"}, SettingError, r"write \('random',\)"),
        ({"seed": -1}, SettingError, "seed -1 is not an integer from 0"),
    ],
)
def test_mistakes_are_named_before_anything_is_run(
    arguments: dict, error: type, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("strace_core.pipeline.stages.run_full_model", lambda *_: pytest.fail("a prompt was run"))
    with pytest.raises(error, match=said):
        trace_prompts(tiny_model("llama"), **{"prompts": [(1, 2, 3, 4), (1,)]} | arguments)


def test_no_prompts_give_no_results() -> None:
    assert trace_prompts(tiny_model("llama"), []) == [] == trace_prompts(tiny_model("llama"), [], targets=[])


def test_one_full_graph_that_is_not_the_model_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    model, plain = tiny_model("gpt2"), masked_forward._run_batch
    monkeypatch.setattr(masked_forward, "_run_batch", lambda *args, **rest: plain(*args, **rest)[:, ::-1].copy())
    with pytest.raises(NumericalError, match="full graph of 'tiny-gpt2' is .* its subgraphs cannot be trusted"):
        trace_prompts(model, PROMPTS)
