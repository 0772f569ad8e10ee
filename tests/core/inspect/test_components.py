import numpy as np
import pandas as pd
import pytest
import torch

from strace_core import ModelError, PositionError, PromptError, SettingError, TraceResult, capture_prompt, trace_prompt
from strace_core.inspect.components import head_vectors, inspect_head, inspect_mlp
from strace_core.inspect.direct_effect import direct_effect
from strace_core.model.capture import Capture
from strace_core.model.loaded import LoadedModel
from tests.core import reference
from tests.core.tiny_models import TELLING, tiny_model

TOKENS = (7, 3, 41, 3, 19)
LONGER = (*TOKENS, 8, 2)
LAST = len(TOKENS) - 1


@pytest.fixture(scope="module", params=[*TELLING, "granite", "olmo2"])
def model(request: pytest.FixtureRequest) -> LoadedModel:
    return tiny_model(request.param)


@pytest.fixture(scope="module")
def capture(model: LoadedModel) -> Capture:
    """Of a prompt that goes on after the traced position."""
    return capture_prompt(model, LONGER)


@pytest.fixture(scope="module")
def result(model: LoadedModel, capture: Capture) -> TraceResult:
    return trace_prompt(model, capture, position=LAST, sizes=[0, 1.0])


def test_a_head_at_the_traced_position(model: LoadedModel, capture: Capture, result: TraceResult) -> None:
    layer, head = model.spec.n_layers - 1, 1
    sources = inspect_head(model, capture, result, layer, head, LAST).sources
    assert list(sources.columns) == ["source", "text", "pattern", "contribution", "share", "rank"]
    assert sources["source"].tolist() == list(range(LAST + 1))
    assert sources["text"].tolist() == [f"#{token}" for token in TOKENS]
    edges = result.edges.query("kind == 'attention' and layer == @layer and head == @head").sort_values("source")
    assert sources["share"].tolist() == edges["score"].tolist()
    assert sources["rank"].tolist() == edges["rank"].tolist()


def test_the_pattern_is_the_models_own(model: LoadedModel, capture: Capture, result: TraceResult) -> None:
    config = model.module.config
    chosen, config._attn_implementation = config._attn_implementation, "eager"
    with torch.no_grad():
        patterns = model.module(torch.tensor([TOKENS]), output_attentions=True, use_cache=False).attentions
    config._attn_implementation = chosen
    for layer, target in ((0, 3), (2, 1), (1, LAST)):
        found = inspect_head(model, capture, result, layer, 2, target).sources["pattern"]
        np.testing.assert_allclose(found, patterns[layer][0, 2, target, : target + 1], atol=1e-6)
        assert found.sum() == pytest.approx(1, abs=1e-6)


def test_contributions_are_the_sizes_of_the_explicit_vectors(
    model: LoadedModel, capture: Capture, result: TraceResult
) -> None:
    """As the reference adds them, one edge at a time; what enters the output is not seen through the final norm."""
    vectors = reference.run(model, TOKENS, set(reference.edges_of(model, len(TOKENS)))).vectors
    size = {
        (edge.kind, edge.layer, edge.head, edge.source, edge.target): float(vector.abs().sum())
        for edge, vector in vectors.items()
    }
    for layer, target in ((0, 3), (1, LAST), (2, LAST)):
        found = inspect_head(model, capture, result, layer, 2, target).sources["contribution"]
        expected = [size["attention", layer, 2, source, target] for source in range(target + 1)]
        np.testing.assert_allclose(found, expected, rtol=2e-4, atol=1e-5)
        mlp = inspect_mlp(model, capture, result, layer, target)
        assert mlp.contribution == pytest.approx(size["mlp", layer, -1, target, target], rel=2e-4)


def test_shares_of_a_node_are_all_there_is(model: LoadedModel, capture: Capture, result: TraceResult) -> None:
    """A node's heads and its other edges, as the explorer shows them one by one, share it out."""
    heads = [inspect_head(model, capture, result, 1, head, 2) for head in range(model.spec.n_heads)]
    total = sum(detail.sources["share"].sum() for detail in heads)
    edges = result.edges.query("layer == 1 and target == 2 and kind in ('residual', 'residual_attn')")
    total += edges["score"].sum()
    if model.spec.parallel:
        total += inspect_mlp(model, capture, result, 1, 2).share
    assert total == pytest.approx(1, abs=1e-5)


def test_an_mlp_has_its_edges_score_and_rank(model: LoadedModel, capture: Capture, result: TraceResult) -> None:
    for layer, token in ((0, 0), (1, 2), (2, LAST)):
        edge = result.edges.query("kind == 'mlp' and layer == @layer and target == @token").iloc[0]
        detail = inspect_mlp(model, capture, result, layer, token)
        assert (detail.share, detail.rank) == (edge["score"], edge["rank"])


def test_what_the_traced_prediction_does_not_depend_on_has_no_rank(
    model: LoadedModel, capture: Capture, result: TraceResult
) -> None:
    """In the last block, at a token before the traced one. What it adds there is shown all the same."""
    sources = inspect_head(model, capture, result, 2, 0, 2).sources
    assert sources["rank"].isna().all() and sources["share"].isna().all()
    assert (sources["contribution"] >= 0).all() and sources["contribution"].sum() > 0
    mlp = inspect_mlp(model, capture, result, 2, 2)
    assert mlp.rank is None and np.isnan(mlp.share) and mlp.contribution > 0


def test_promoted_and_suppressed_tokens_are_the_ends_of_the_direct_effect(
    model: LoadedModel, capture: Capture, result: TraceResult
) -> None:
    added = head_vectors(model, capture, 1, 2, 3).sum(0), capture.activations.blocks[1].mlp_out[3]
    details = inspect_head(model, capture, result, 1, 2, 3), inspect_mlp(model, capture, result, 1, 3)
    for vector, detail in zip(added, details, strict=True):
        effect = direct_effect(model, capture, 3, vector)
        order = np.argsort(-effect, kind="stable")
        for table, expected in ((detail.promoted, order[:8]), (detail.suppressed, order[::-1][:8])):
            assert list(table.columns) == ["token_id", "text", "logit"]
            assert table["token_id"].tolist() == expected.tolist()
            assert table["text"].tolist() == [f"#{token}" for token in expected]
            np.testing.assert_allclose(table["logit"], effect[expected] - effect.mean(), rtol=1e-4, atol=1e-6)
        assert detail.promoted["logit"].iloc[0] > 0 > detail.suppressed["logit"].iloc[0]


def test_a_longer_capture_changes_nothing(model: LoadedModel, capture: Capture, result: TraceResult) -> None:
    exact = capture_prompt(model, TOKENS)
    for target in (1, LAST):
        one, other = (inspect_head(model, each, result, 1, 0, target) for each in (capture, exact))
        pd.testing.assert_frame_equal(one.sources, other.sources, rtol=1e-4)
        pd.testing.assert_frame_equal(one.promoted, other.promoted, rtol=1e-3)


@pytest.mark.parametrize(
    ("place", "error", "said"),
    [
        ((3, 0, 0), SettingError, "no block 3; use an integer from 0 to 2"),
        ((-1, 0, 0), SettingError, "no block -1"),
        ((0, 6, 0), SettingError, "no head 6; use an integer from 0 to 5"),
        ((0, True, 0), SettingError, "no head True"),
        (
            (0, 0, 5),
            PositionError,
            "token 5 plays no part in the prediction at token 4; use an integer from 0 to 4",
        ),
        ((0, 0, -1), PositionError, "token -1"),
        ((0, 0, "1"), PositionError, "token '1'"),
    ],
)
def test_places_that_are_not_there_are_named(place: tuple, error: type, said: str) -> None:
    model = tiny_model("llama")
    capture = capture_prompt(model, LONGER)
    result = trace_prompt(model, capture, position=LAST, sizes=[0])
    with pytest.raises(error, match=said):
        inspect_head(model, capture, result, *place)
    if "head" not in said:
        with pytest.raises(error, match=said):
            inspect_mlp(model, capture, result, place[0], place[2])


def test_model_capture_and_result_belong_together() -> None:
    model, other = tiny_model("llama"), tiny_model("mistral")
    capture = capture_prompt(model, TOKENS)
    result = trace_prompt(model, capture, sizes=[0])
    with pytest.raises(ModelError, match="capture was made with 'tiny-llama' and is used with 'tiny-mistral'"):
        inspect_head(other, capture, result, 0, 0, 0)
    with pytest.raises(ModelError, match="trace is of 'tiny-llama' and is used with 'tiny-mistral'"):
        inspect_mlp(other, capture_prompt(other, TOKENS), result, 0, 0)
    with pytest.raises(PromptError, match="the 5 captured tokens do not start with the 5 that were traced"):
        inspect_mlp(model, capture_prompt(model, (7, 3, 41, 3, 20)), result, 0, 0)
    with pytest.raises(PromptError, match="the 4 captured tokens"):
        inspect_mlp(model, capture_prompt(model, TOKENS[:4]), result, 0, 0)
