import numpy as np
import pandas as pd
import pytest
import torch

from strace_core import (
    NumericalError,
    PositionError,
    Progress,
    PromptError,
    SettingError,
    SizeError,
    bundled_models,
    load_model,
    tokenize,
    trace_prompt,
)
from strace_core.model.adapters import RowwiseMLP
from strace_core.model.loaded import LoadedModel
from tests.core.tiny_models import TELLING, plain_logits, tiny_model

TOKENS = (7, 3, 41, 3, 19)


@pytest.fixture(scope="module", params=TELLING)
def model(request: pytest.FixtureRequest) -> LoadedModel:
    return tiny_model(request.param)


def test_default_sizes_run_from_nothing_to_everything(model: LoadedModel) -> None:
    result = trace_prompt(model, TOKENS)
    assert result.curve["n_edges"].iloc[0] == 0
    assert result.curve["n_edges"].iloc[-1] == result.n_edges
    assert result.curve["tv"].iloc[-1] < 1e-6


@pytest.mark.parametrize("position", [0, 2, -2, -1])
def test_tokens_after_the_position_play_no_part(model: LoadedModel, position: int) -> None:
    end = position % len(TOKENS) + 1
    at_position, cut = trace_prompt(model, TOKENS, position=position), trace_prompt(model, TOKENS[:end])
    assert at_position.prompt.token_ids == TOKENS[:end]
    assert at_position.id == cut.id
    assert np.array_equal(at_position.trace.order, cut.trace.order)
    assert np.array_equal(at_position.logits, cut.logits)
    np.testing.assert_allclose(at_position.full_logits, plain_logits(model, TOKENS[:end]), atol=1e-5)


def test_sizes_do_not_change_the_trace(model: LoadedModel) -> None:
    few, many = trace_prompt(model, TOKENS, sizes=[9]), trace_prompt(model, TOKENS, sizes="dense")
    assert np.array_equal(few.trace.order, many.trace.order)
    np.testing.assert_allclose(few.logits[0], many.logits[many.row(9)], atol=1e-5)


def test_progress_goes_through_the_stages_and_ends_complete(model: LoadedModel) -> None:
    seen: list[Progress] = []
    result = trace_prompt(model, TOKENS, on_progress=seen.append)
    stages = [progress.stage for progress in seen]
    assert [*dict.fromkeys(stages)] == ["capture", "score", "grow", "subgraphs"]
    assert [progress.done for progress in seen if progress.stage == "capture"] == [1, 2, 3]
    assert seen[-1] == Progress("subgraphs", len(result.curve), len(result.curve))


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"prompt": ()}, PromptError, "no token ids"),
        ({"prompt": range(30)}, PromptError, "30 tokens, but the model reads at most 29; shorten"),
        ({"position": 5}, PositionError, "position 5 is outside the prompt of 5 tokens; use 0 to 4"),
        ({"score": "l3"}, SettingError, "no score rule 'l3'; choose one of l1, l2"),
        ({"sizes": [-1]}, SizeError, "size -1"),
        ({"sizes": [10**9]}, SizeError, "size 1000000000 is outside 0 to"),
    ],
)
def test_mistakes_are_named(model: LoadedModel, arguments: dict, error: type, said: str) -> None:
    request = {"prompt": TOKENS} | arguments
    with pytest.raises(error, match=said):
        trace_prompt(model, **request)


def test_a_model_whose_full_graph_is_not_the_model_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a block computed something that its parts do not account for."""
    model = tiny_model("gpt2")
    spoilt = RowwiseMLP((*model.blocks[1].mlp.modules, torch.nn.Dropout(0.9).train()))
    broken = [*model.blocks]
    broken[1] = type(broken[1])(**vars(broken[1]) | {"mlp": spoilt})
    monkeypatch.setitem(vars(model), "blocks", tuple(broken))
    torch.manual_seed(0)
    with pytest.raises(NumericalError, match="full graph of 'tiny-gpt2' is .* its subgraphs cannot be trusted"):
        trace_prompt(model, TOKENS)


@pytest.mark.parametrize("name", ["demo-gpt2", "demo-llama"])
def test_identities_hold_on_the_demo_models(name: str) -> None:
    assert name in bundled_models()
    model = load_model(name)
    prompt = tokenize(model, "When Mary and John went to the shop, John gave the book to")
    result = trace_prompt(model, prompt.text, sizes="dense")
    T, L, H = len(prompt), model.spec.n_layers, model.spec.n_heads
    assert result.n_edges == (L - 1) * (H * T * (T + 1) // 2 + 3 * T) + H * T + 3
    assert result.layout.n_nodes == T * (2 * L - 1) + 2
    plain = plain_logits(model, prompt.token_ids).numpy()
    scale = np.abs(plain).max()
    np.testing.assert_allclose(result.full_logits / scale, plain / scale, atol=1e-5)
    np.testing.assert_allclose(result.logits[-1] / scale, plain / scale, atol=1e-5)
    assert result.curve["tv"].iloc[-1] < 1e-5
    assert result.curve["tv"].iloc[0] > 0.5
    assert result.trace.connected >= 2 * L


def test_progress_shows_the_curve_while_it_fills(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_model("llama")
    monkeypatch.setattr("strace_core.evaluate.masked_forward.MAX_BATCH_TOKENS", 4 * len(TOKENS))
    seen: list[Progress] = []
    result = trace_prompt(model, TOKENS, on_progress=seen.append)
    reports = [progress for progress in seen if progress.stage == "subgraphs"]
    n_done = [*range(0, len(result.curve), 4), len(result.curve)]
    # once before each of the three blocks, and when the batch is finished
    assert [progress.done for progress in reports[::4]] == n_done[:-1] and len(reports) == 4 * (len(n_done) - 1)
    assert [progress.done for progress in reports[3::4]] == n_done[1:]
    assert [progress.curve for progress in reports[:3]] == [None] * 3
    for progress in reports[3:]:
        assert len(progress.curve) == progress.done and progress.total == len(result.curve)
        pd.testing.assert_frame_equal(progress.curve, result.curve.iloc[: progress.done])


def test_a_target_token_is_asked_about_at_every_size() -> None:
    model = tiny_model("llama")
    result = trace_prompt(model, TOKENS, target=5)
    expected = [-np.log(result.probabilities(n)[5]) for n in result.curve["n_edges"]]
    np.testing.assert_allclose(result.curve["target_surprisal"], expected)
    assert "target_surprisal" not in trace_prompt(model, TOKENS).curve
    with pytest.raises(PromptError, match="token id 53 at index 0 is not in the vocabulary"):
        trace_prompt(model, TOKENS, target=53)
    with pytest.raises(PromptError, match="no tokenizer, so 'word' is not a token"):
        trace_prompt(model, TOKENS, target="word")


def test_a_target_may_be_a_tokens_text() -> None:
    model = load_model("demo-llama")
    result = trace_prompt(model, "The capital of France is", sizes=[0.5], target=" Paris")
    assert result.settings.target == result.top_tokens(k=1)["token_id"].item()
    with pytest.raises(PromptError, match="' Parisian days' is .* tokens .*, not one"):
        trace_prompt(model, "The capital of France is", target=" Parisian days")
