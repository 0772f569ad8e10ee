import math
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from strace_core import (
    ModelError,
    NumericalError,
    PositionError,
    Progress,
    PromptError,
    SettingError,
    capture_prompt,
    load_model,
    token_predictions,
    trace_prompt,
)
from strace_core.evaluate import text_density as module
from strace_core.evaluate.masked_forward import subgraph_logits
from strace_core.evaluate.sizes import resolve_sizes
from strace_core.evaluate.text_density import PositionDensity, text_density
from strace_core.model.adapters import RowwiseMLP
from strace_core.model.loaded import LoadedModel
from tests.core.tiny_models import TELLING, tiny_model

TOKENS = (7, 3, 41, 3, 19, 8, 2)


@pytest.fixture(scope="module", params=TELLING)
def model(request: pytest.FixtureRequest) -> LoadedModel:
    return tiny_model(request.param)


@pytest.fixture
def sizes_run(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The sizes of every masked run, as they are asked for."""
    asked: list[list[int]] = []

    def recording(*args, **kwargs):
        asked.append(args[3].tolist())
        return subgraph_logits(*args, **kwargs)

    monkeypatch.setattr(module, "subgraph_logits", recording)
    return asked


def of_the_dense_trace(model: LoadedModel, prompt, position: int, score: str = "l1") -> tuple[int, int, int]:
    result = trace_prompt(model, prompt, position=position, sizes="dense", score=score)
    sizes = result.recovery["n_edges"]
    return result.n_edges, int(sizes["tv <= 0.1"]), int(sizes["top1_match"])


def sizes_found(density: PositionDensity) -> tuple[int, int, int]:
    return density.n_edges, density.tv_size, density.top1_size


def test_sizes_are_those_of_the_dense_trace(model: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """In steps of a few sizes, so that most positions stop on the way."""
    monkeypatch.setattr(module, "TOKENS_PER_STEP", 30)
    capture = capture_prompt(model, TOKENS)
    for density in text_density(model, capture, positions=[0, 3, 6]):
        assert sizes_found(density) == of_the_dense_trace(model, capture, density.position)


@pytest.mark.parametrize("score", ["cosine", "random"])
def test_sizes_are_those_of_the_rule(score: str) -> None:
    model = tiny_model("llama")
    capture = capture_prompt(model, TOKENS)
    densities = list(text_density(model, capture, score=score, positions=[6, 2, -2]))
    assert [density.position for density in densities] == [6, 2, 5]
    for density in densities:
        assert sizes_found(density) == of_the_dense_trace(model, capture, density.position, score)


def test_on_a_demo_model() -> None:
    model = load_model("demo-llama")
    capture = capture_prompt(model, "When Mary and John went to the shop, John gave the book to Mary.")
    positions = [0, 1, 7, len(capture.prompt) - 2]
    for density in text_density(model, capture, positions=positions):
        assert sizes_found(density) == of_the_dense_trace(model, capture, density.position)


def test_the_prediction_is_told_beside_its_size(model: LoadedModel) -> None:
    capture = capture_prompt(model, TOKENS)
    expected = token_predictions(model, capture)
    densities = list(text_density(model, capture))
    assert [density.position for density in densities] == list(range(len(TOKENS)))
    assert [density.top_text for density in densities] == expected["top_text"].tolist()
    for name in ("entropy", "top_probability"):
        np.testing.assert_allclose([getattr(density, name) for density in densities], expected[name], rtol=1e-4)
    np.testing.assert_allclose([d.surprisal for d in densities[:-1]], expected["surprisal"][1:], rtol=1e-4)
    assert math.isnan(densities[-1].surprisal)


def test_no_step_is_run_after_both_sizes_are_found(
    model: LoadedModel, sizes_run: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TOKENS_PER_STEP", 30)
    n_saved = 0
    for density in text_density(model, capture_prompt(model, TOKENS), positions=[1, 4, 5]):
        grid, step = resolve_sizes("dense", density.n_edges).tolist(), 30 // (density.position + 1)
        n_needed = grid.index(max(density.tv_size, density.top1_size)) + 1
        n_run = min(len(grid), -(-n_needed // step) * step)
        assert [size for sizes in sizes_run for size in sizes] == grid[:n_run]
        assert max(map(len, sizes_run)) <= step
        n_saved += len(grid) - n_run
        sizes_run.clear()
    assert n_saved > 0


def test_a_position_is_run_when_it_is_asked_for(sizes_run: list[list[int]]) -> None:
    model = tiny_model("llama")
    densities = text_density(model, capture_prompt(model, TOKENS))
    assert sizes_run == []
    next(densities)
    n_runs = len(sizes_run)
    assert n_runs > 0
    next(densities)
    assert len(sizes_run) > n_runs


def test_a_curve_that_falls_back_is_met_where_it_first_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Close at the third size alone, the model's top token from the sixth on: a curve by hand, in steps of two."""
    model = tiny_model("llama")
    d_vocab, grid = model.spec.d_vocab, resolve_sizes("dense", of_the_dense_trace(model, TOKENS, 2)[0]).tolist()

    def logits(**by_token: float) -> np.ndarray:
        values = np.zeros(d_vocab, dtype=np.float32)
        for token, value in by_token.items():
            values[int(token.removeprefix("token_"))] = value
        return values

    far, close, same_top = logits(token_9=50), logits(token_5=10, token_6=10.01), logits(token_5=50)
    outputs = [far, far, close, far, far, same_top]

    def by_hand(model, token_ids, trace, sizes, **_) -> Iterator[tuple[slice, np.ndarray]]:
        yield slice(0, len(sizes)), np.stack([outputs[grid.index(size)] for size in sizes.tolist()])

    full = torch.from_numpy(logits(token_5=10.01, token_6=10))
    monkeypatch.setattr(module, "unembed", lambda model, states: full[None])
    monkeypatch.setattr(module, "subgraph_logits", by_hand)
    monkeypatch.setattr(module, "TOKENS_PER_STEP", 6)
    (density,) = text_density(model, capture_prompt(model, TOKENS), positions=[2])
    assert (density.tv_size, density.top1_size) == (grid[2], grid[5])


def test_progress_counts_positions_and_is_reported_before_every_block(model: LoadedModel) -> None:
    seen: list[Progress] = []
    list(text_density(model, capture_prompt(model, TOKENS), positions=[1, 4], on_progress=seen.append))
    assert sorted(set(seen), key=lambda progress: progress.done) == [Progress("density", n, 2) for n in range(3)]
    assert [progress.done for progress in seen] == sorted(progress.done for progress in seen)
    for n_done in (0, 1):
        assert sum(progress.done == n_done for progress in seen) > model.spec.n_layers
    assert seen[-1] == Progress("density", 2, 2)


@pytest.mark.parametrize("n_reports", [1, 4])
def test_an_exception_in_the_progress_callback_stops_at_once(model: LoadedModel, n_reports: int) -> None:
    seen: list[Progress] = []

    def stop(progress: Progress) -> None:
        seen.append(progress)
        if len(seen) == n_reports:
            raise KeyboardInterrupt

    capture = capture_prompt(model, TOKENS)
    with pytest.raises(KeyboardInterrupt):
        list(text_density(model, capture, on_progress=stop))
    assert len(seen) == n_reports
    assert not any("forward" in parts.block.__dict__ for parts in model.blocks)
    assert next(text_density(model, capture)).position == 0


def test_mistakes_are_named_before_anything_is_run(sizes_run: list[list[int]]) -> None:
    model, other = tiny_model("llama"), tiny_model("mistral")
    capture = capture_prompt(model, TOKENS)
    with pytest.raises(SettingError, match="no score rule 'l3'; choose one of l1, l2"):
        text_density(model, capture, score="l3")
    with pytest.raises(PositionError, match="position 7 is outside the prompt of 7 tokens"):
        text_density(model, capture, positions=[0, 7])
    with pytest.raises(ModelError, match="made with 'tiny-llama' and is used with 'tiny-mistral'"):
        text_density(other, capture)
    assert sizes_run == []


def test_a_text_that_does_not_fit_in_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_model("llama")
    capture = capture_prompt(model, TOKENS)
    monkeypatch.setattr("strace_core.evaluate.memory.available_bytes", lambda device: 1000)
    with pytest.raises(PromptError, match="trace of 7 tokens"):
        text_density(model, capture)


def test_no_positions_are_no_work() -> None:
    model = tiny_model("llama")
    assert list(text_density(model, capture_prompt(model, TOKENS), positions=[])) == []


def test_a_model_whose_full_graph_is_not_the_model_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if, after the capture, a block computed something that its parts do not account for."""
    model = tiny_model("gpt2")
    capture = capture_prompt(model, TOKENS)
    spoilt = RowwiseMLP((*model.blocks[1].mlp.modules, torch.nn.Threshold(1e9, 30.0)))
    broken = [*model.blocks]
    broken[1] = type(broken[1])(**vars(broken[1]) | {"mlp": spoilt})
    monkeypatch.setitem(vars(model), "blocks", tuple(broken))
    with pytest.raises(NumericalError, match="full graph of 'tiny-gpt2' is .* its subgraphs cannot be trusted"):
        list(text_density(model, capture))
