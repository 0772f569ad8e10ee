import numpy as np
import pandas as pd
import pytest
import torch

from strace_core import (
    PositionError,
    SettingError,
    SizeError,
    TraceResult,
    capture_prompt,
    token_predictions,
    trace_prompt,
)
from strace_core.evaluate import metrics
from strace_core.inspect.states import inspect_state
from strace_core.model.capture import Capture
from strace_core.model.loaded import LoadedModel
from strace_core.model.unembed import unembed
from tests.core import reference
from tests.core.tiny_models import TELLING, tiny_model

TOKENS = (7, 3, 41, 3, 19)
LONGER = (*TOKENS, 8, 2)
LAST = len(TOKENS) - 1
FINAL = 2, "post", LAST


@pytest.fixture(scope="module", params=TELLING)
def model(request: pytest.FixtureRequest) -> LoadedModel:
    return tiny_model(request.param)


@pytest.fixture(scope="module")
def capture(model: LoadedModel) -> Capture:
    """Of a prompt that goes on after the traced position."""
    return capture_prompt(model, LONGER)


@pytest.fixture(scope="module")
def result(model: LoadedModel, capture: Capture) -> TraceResult:
    return trace_prompt(model, capture, position=LAST)


def assert_is_distribution(table: pd.DataFrame, probabilities: np.ndarray) -> None:
    """The table is the head of a distribution; tokens may swap places where they are as likely as each other."""
    assert list(table.columns) == ["token_id", "text", "probability"]
    np.testing.assert_allclose(table["probability"], np.sort(probabilities)[::-1][:8], atol=1e-5)
    np.testing.assert_allclose(table["probability"], probabilities[table["token_id"]], atol=1e-5)
    assert table["text"].tolist() == [f"#{token}" for token in table["token_id"]]


def test_the_final_state_of_the_full_graph_makes_the_models_prediction(
    model: LoadedModel, capture: Capture, result: TraceResult
) -> None:
    detail = inspect_state(model, capture, result, *FINAL, result.n_edges)
    assert_is_distribution(detail.full, result.probabilities())
    assert_is_distribution(detail.subgraph, result.probabilities())
    assert detail.full["text"].iloc[0] == token_predictions(model, capture)["top_text"][LAST]


def test_the_final_state_of_a_subgraph_makes_its_prediction(
    model: LoadedModel, capture: Capture, result: TraceResult
) -> None:
    differing = 0
    for n_edges in result.curve["n_edges"].tolist():
        detail = inspect_state(model, capture, result, *FINAL, n_edges)
        assert_is_distribution(detail.subgraph, result.probabilities(n_edges))
        differing += detail.subgraph["token_id"].tolist() != detail.full["token_id"].tolist()
    assert differing > 3


def test_a_size_that_was_not_run_is_run(model: LoadedModel, capture: Capture, result: TraceResult) -> None:
    n_edges = next(n for n in range(40, result.n_edges) if n not in result.curve["n_edges"].tolist())
    detail = inspect_state(model, capture, result, *FINAL, n_edges)
    expected = trace_prompt(model, capture, position=LAST, sizes=[n_edges]).probabilities(n_edges)
    assert_is_distribution(detail.subgraph, expected)


def test_states_on_the_way_are_those_of_the_loops(model: LoadedModel, capture: Capture, result: TraceResult) -> None:
    """Every node of a subgraph, worked out edge by edge, through the model's own norm and head."""
    edges, n_edges = reference.edges_of(model, len(TOKENS)), result.n_edges // 5
    kept = {edges[edge] for edge in result.trace.order[:n_edges]}
    nodes = reference.run(model, TOKENS, kept).nodes
    entered = {edge.enters for edge in kept}
    stages = {"pre": 0, "post": 1} if model.spec.parallel else {"pre": 0, "mid": 1, "post": 2}
    n_zero = 0
    for layer in range(model.spec.n_layers - 1):
        for stage, offset in stages.items():
            for token in range(len(TOKENS)):
                node = layer * max(stages.values()) + offset, token
                detail = inspect_state(model, capture, result, layer, stage, token, n_edges)
                assert_is_distribution(detail.subgraph, metrics.softmax(unembed(model, nodes[node][None])[0].numpy()))
                assert detail.is_zero == (not nodes[node].any())
                assert detail.is_zero or node[0] == 0 or node in entered
                n_zero += detail.is_zero
    assert n_zero > 0


def test_nothing_kept_is_zero_and_the_embedding_always_there(
    model: LoadedModel, capture: Capture, result: TraceResult
) -> None:
    final, embedding = (inspect_state(model, capture, result, *place, 0) for place in (FINAL, (0, "pre", 2)))
    assert final.is_zero and not embedding.is_zero
    assert_is_distribution(final.subgraph, result.probabilities(0))
    pd.testing.assert_frame_equal(embedding.subgraph, embedding.full)


def test_the_end_of_a_block_is_the_beginning_of_the_next(
    model: LoadedModel, capture: Capture, result: TraceResult
) -> None:
    for layer, token in ((0, 1), (2, LAST)):
        one = inspect_state(model, capture, result, layer, "post", token, 120)
        other = inspect_state(model, capture, result, layer + 1, "pre", token, 120)
        pd.testing.assert_frame_equal(one.full, other.full)
        pd.testing.assert_frame_equal(one.subgraph, other.subgraph, atol=1e-6)


def test_the_model_is_left_as_it_was(model: LoadedModel, capture: Capture, result: TraceResult) -> None:
    with torch.no_grad():
        before = model.module(torch.tensor([TOKENS]), use_cache=False).logits
        inspect_state(model, capture, result, 1, "pre", 1, 30)
        after = model.module(torch.tensor([TOKENS]), use_cache=False).logits
    assert torch.equal(before, after)


@pytest.mark.parametrize(
    ("place", "error", "said"),
    [
        ((3, "post", 0, 1), SettingError, "no block 3; use an integer from 0 to 2"),
        ((3, "mid", 0, 1), SettingError, "no block 3"),
        ((4, "pre", 0, 1), SettingError, "no block 4; use an integer from 0 to 3"),
        ((0, "end", 0, 1), SettingError, "no stage 'end' of a block; choose one of pre, mid, post"),
        ((0, 1, 0, 1), SettingError, "no stage 1"),
        ((0, "pre", 5, 1), PositionError, "token 5 plays no part in the prediction at token 4"),
        ((0, "pre", 0, -1), SizeError, "size -1 is outside 0 to"),
        ((0, "pre", 0, 10**6), SizeError, "size 1000000 is outside 0 to"),
    ],
)
def test_places_that_are_not_there_are_named(place: tuple, error: type, said: str) -> None:
    model = tiny_model("llama")
    capture = capture_prompt(model, LONGER)
    result = trace_prompt(model, capture, position=LAST, sizes=[0])
    with pytest.raises(error, match=said):
        inspect_state(model, capture, result, *place)


def test_a_parallel_block_has_no_state_in_the_middle() -> None:
    model = tiny_model("gpt_neox")
    capture = capture_prompt(model, TOKENS)
    with pytest.raises(SettingError, match="no stage 'mid' between them; choose one of pre, post"):
        inspect_state(model, capture, trace_prompt(model, capture, sizes=[0]), 0, "mid", 0, 1)
