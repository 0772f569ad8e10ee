import gc
import weakref

import numpy as np
import pandas as pd
import pytest
import torch

from strace_core import (
    Capture,
    ModelError,
    NumericalError,
    PositionError,
    PromptError,
    capture_prompt,
    load_model,
    token_predictions,
    trace_prompt,
)
from strace_core.evaluate import memory, metrics, predictions
from strace_core.evaluate.memory import captured_bytes
from strace_core.model.capture import capture
from strace_core.model.loaded import LoadedModel
from strace_core.model.unembed import unembed
from tests.core.tiny_models import TELLING, plain_logits, tiny_model

TOKENS = (7, 3, 41, 3, 19, 8, 30)
KINDS_OF_MODEL = (*TELLING, "mistral", "gpt_oss", "olmo3", "stablelm-parallel", "qwen3_moe")
"""Windows shorter than the prompt, sinks, norms after, parallel blocks and experts among them."""


@pytest.fixture(scope="module", params=KINDS_OF_MODEL)
def model(request: pytest.FixtureRequest) -> LoadedModel:
    return tiny_model(request.param)


@pytest.fixture(scope="module")
def captured(model: LoadedModel) -> Capture:
    return capture_prompt(model, TOKENS)


@pytest.mark.parametrize("position", [0, 3, -2, -1])
def test_a_capture_gives_the_trace_of_the_prompt_at_every_position(
    model: LoadedModel, captured: Capture, position: int
) -> None:
    found, expected = (trace_prompt(model, prompt, position=position) for prompt in (captured, TOKENS))
    assert found.id == expected.id and found.prompt == expected.prompt
    assert np.array_equal(found.trace.order, expected.trace.order)
    pd.testing.assert_frame_equal(found.curve, expected.curve)
    np.testing.assert_allclose(found.logits, expected.logits, atol=1e-5)
    np.testing.assert_allclose(found.scores, expected.scores, atol=1e-6)


def test_its_first_rows_are_the_states_of_the_prompt_cut_short(model: LoadedModel, captured: Capture) -> None:
    for position in (0, 2, len(TOKENS) - 1):
        cut = capture(model, TOKENS[: position + 1])
        views = captured.activations.up_to(position)
        for found, expected in zip(views.blocks, cut.blocks, strict=True):
            for name, state in vars(expected).items():
                torch.testing.assert_close(getattr(found, name), state, atol=2e-5, rtol=1e-4, msg=name)


def test_cutting_copies_nothing(captured: Capture) -> None:
    for whole, cut in zip(captured.activations.blocks, captured.activations.up_to(2).blocks, strict=True):
        for name, state in vars(cut).items():
            assert state.untyped_storage().data_ptr() == getattr(whole, name).untyped_storage().data_ptr()


def test_states_give_the_plain_models_logits_at_every_position(model: LoadedModel, captured: Capture) -> None:
    logits = unembed(model, captured.activations.output)
    with torch.no_grad():
        plain = model.module(torch.tensor([TOKENS]), use_cache=False).logits[0]
    assert logits.dtype == torch.float32
    torch.testing.assert_close(logits, plain, atol=1e-5, rtol=1e-4)


def test_unembedding_passes_through_the_final_norm(model: LoadedModel) -> None:
    """The logits of zero are those of the empty graph; a vector ten times as long has the same direction."""
    state = torch.randn(1, model.spec.d_model, generator=torch.Generator().manual_seed(0))
    zero, once, tenfold = unembed(model, torch.cat([0 * state, state, 10 * state]))
    assert (zero - once).abs().max() > 0.1
    torch.testing.assert_close(once, tenfold, atol=1e-3, rtol=1e-3)


def test_predictions_are_those_of_the_prompts_cut_short(model: LoadedModel, captured: Capture) -> None:
    table = token_predictions(model, captured)
    assert table["position"].tolist() == [*range(len(TOKENS))]
    assert table["token_id"].tolist() == [*TOKENS]
    assert table["text"].tolist() == [f"#{token}" for token in TOKENS]
    for position in range(len(TOKENS)):
        p = metrics.softmax(plain_logits(model, TOKENS[: position + 1]).numpy())
        row = table.iloc[position]
        assert row["top_text"] == f"#{p.argmax()}"
        assert row["top_probability"] == pytest.approx(p.max(), rel=1e-4)
        assert row["entropy"] == pytest.approx(-(p * np.log(p)).sum(), rel=1e-4)
        if position + 1 < len(TOKENS):
            surprisal = table["surprisal"].iloc[position + 1]
            assert surprisal == pytest.approx(-np.log(p[TOKENS[position + 1]]), rel=1e-4)
    assert np.isnan(table["surprisal"].iloc[0])


def test_predictions_are_the_same_a_few_positions_at_a_time(
    model: LoadedModel, captured: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = token_predictions(model, captured)
    monkeypatch.setattr(predictions, "MAX_PROBABILITIES", 2 * model.spec.d_vocab)
    pd.testing.assert_frame_equal(token_predictions(model, captured), together, rtol=1e-4)


def test_a_text_is_predicted_token_by_token() -> None:
    model = load_model("demo-llama")
    table = token_predictions(model, capture_prompt(model, "The capital of France is Paris."))
    assert table["top_text"].iloc[-3] == " Paris"
    assert table["surprisal"].iloc[-2] < 0.5


def test_a_capture_counts_its_memory_and_stays_within_the_estimate(model: LoadedModel, captured: Capture) -> None:
    tensors = [state for block in captured.activations.blocks for state in vars(block).values()]
    once = {state.data_ptr(): state.numel() * state.element_size() for state in tensors}
    assert sum(once.values()) <= captured.n_bytes <= captured_bytes(model.spec, len(TOKENS))


def test_a_prompt_whose_states_do_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_model("llama")
    monkeypatch.setattr(memory, "available_bytes", lambda device: captured_bytes(model.spec, 9))
    assert len(capture_prompt(model, range(9)).prompt) == 9
    with pytest.raises(PromptError, match="the state of all 10 tokens needs about"):
        capture_prompt(model, range(10))


def test_a_trace_of_a_capture_does_not_count_the_states_again(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_model("llama")
    captured = capture_prompt(model, TOKENS)
    beside = memory.trace_memory(model.spec, len(TOKENS), n_sizes=2, n_captured=0)
    monkeypatch.setattr(memory, "available_bytes", lambda device: beside.total)
    assert trace_prompt(model, captured, sizes=[0, 1.0]).prompt == captured.prompt
    monkeypatch.setattr(memory, "available_bytes", lambda device: beside.total - 1)
    with pytest.raises(PromptError, match="a trace of 7 tokens needs"):
        trace_prompt(model, captured, sizes=[0, 1.0])


def test_mistakes_are_named(captured: Capture, model: LoadedModel) -> None:
    with pytest.raises(PositionError, match="position 7 is outside the prompt of 7 tokens"):
        trace_prompt(model, captured, position=7)
    other = tiny_model("llama" if model.spec.architecture != "llama" else "gpt2")
    for use in (trace_prompt, token_predictions):
        with pytest.raises(ModelError, match=f"made with '{model.spec.name}' and is used with '{other.spec.name}'"):
            use(other, captured)
    with pytest.raises(PromptError, match="no token ids"):
        capture_prompt(model, [])


def test_a_state_that_is_not_finite_is_refused() -> None:
    model = tiny_model("llama")
    with torch.no_grad():
        model.blocks[1].block.mlp.down_proj.weight[0, 0] = torch.nan
    with pytest.raises(NumericalError, match="block 1 of 'tiny-llama'"):
        capture_prompt(model, TOKENS)


def test_nothing_outlives_a_capture() -> None:
    model = tiny_model("llama")
    captured = capture_prompt(model, TOKENS)
    kept = trace_prompt(model, captured), token_predictions(model, captured)
    state = weakref.ref(captured.activations.blocks[0].pattern)
    del captured
    gc.collect()
    assert state() is None and len(kept) == 2
