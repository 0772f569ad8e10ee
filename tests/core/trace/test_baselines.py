import numpy as np
import pandas as pd
import pytest

from strace_core import ModelError, Progress, SettingError, decode_result, encode_result, trace_prompt, with_baselines
from strace_core.graph.layout import EdgeLayout
from strace_core.kinds import ATTENTION, MLP
from strace_core.trace.baselines import BASELINES, backbone, best_first, complement, n_kept, random
from strace_core.trace.growth import grow_best_first
from strace_core.trace.trace import Trace
from tests.core import reference
from tests.core.tiny_models import tiny_model

TOKENS = (7, 3, 41, 3)
LAYOUTS = [EdgeLayout(3, 2, 5), EdgeLayout(3, 2, 5, parallel=True), EdgeLayout(1, 1, 1)]


def scores_of(layout: EdgeLayout) -> np.ndarray:
    return np.random.default_rng(1).random(layout.n_edges, dtype=np.float32)


def trace_of(layout: EdgeLayout) -> Trace:
    return Trace(layout, grow_best_first(layout, scores_of(layout)))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", BASELINES)
def test_every_baseline_is_an_order_of_all_edges(layout: EdgeLayout, name: str) -> None:
    order = BASELINES[name](trace_of(layout), scores_of(layout), 0).order
    assert sorted(order.tolist()) == list(range(layout.n_edges))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_random_growth_takes_edges_into_reached_nodes_only(layout: EdgeLayout) -> None:
    reached = {layout.output_node}
    for edge in random(trace_of(layout), scores_of(layout), seed=4).order:
        assert layout.target_node[edge] in reached
        reached.add(int(layout.source_node[edge]))


def test_random_growth_is_uniform_over_the_frontier() -> None:
    """The first edge is one of the output's two in-edges; the second, of those left and those newly reached."""
    layout = EdgeLayout(1, 2, 2)
    trace = trace_of(layout)
    residual, mlp = int(layout.block(0).residual_mlp[-1]), int(layout.block(0).mlp[-1])
    orders = [random(trace, scores_of(layout), seed).order[:2].tolist() for seed in range(3000)]
    first = [order[0] for order in orders]
    assert {*first} == {residual, mlp}
    assert 0.46 < first.count(residual) / len(first) < 0.54
    second = [order[1] for order in orders if order[0] == residual]
    n_left = 1 + 1 + 2 * 2  # the other one, then the residual and four attention edges of the node reached
    assert len({*second}) == n_left
    for edge in {*second}:
        assert 0.7 / n_left < second.count(edge) / len(second) < 1.35 / n_left


def test_backbone_takes_the_structure_in_the_traces_order_then_attention_at_random() -> None:
    trace, scores = trace_of(LAYOUTS[0]), scores_of(LAYOUTS[0])
    order = backbone(trace, scores, seed=2).order
    is_attention = trace.layout.kind[order] == ATTENTION
    n_structure = int((~is_attention).sum())
    assert not is_attention[:n_structure].any() and is_attention[n_structure:].all()
    assert (np.diff(trace.rank[order[:n_structure]]) > 0).all()
    assert (order[n_structure:] != backbone(trace, scores, seed=3).order[n_structure:]).any()
    assert (order == backbone(trace, scores, seed=2).order).all()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_complement_keeps_residuals_and_what_the_trace_lacks(layout: EdgeLayout) -> None:
    trace = trace_of(layout)
    others = complement(trace, scores_of(layout), seed=0)
    of_sublayer = {int(edge) for edge in np.flatnonzero((layout.kind == ATTENTION) | (layout.kind == MLP))}
    sizes = np.array([0, 1, layout.n_edges // 2, layout.n_edges])
    for size, kept in zip(sizes, n_kept("complement", trace, sizes), strict=True):
        expected = {*range(layout.n_edges)} - (of_sublayer & {*trace.order[:size].tolist()})
        assert {*others.order[:kept].tolist()} == expected


def test_best_first_is_the_order_by_the_scores_whatever_the_traces_is() -> None:
    layout = LAYOUTS[0]
    other = random(trace_of(layout), scores_of(layout), seed=1)
    assert (best_first(other, scores_of(layout), seed=0).order == trace_of(layout).order).all()


def test_a_baselines_curve_stands_beside_the_traces() -> None:
    model = tiny_model("llama")
    result = trace_prompt(model, TOKENS, baselines=["random", "complement", "backbone", "random"], seed=3)
    assert list(result.baselines) == ["random", "complement", "backbone"] == list(result.settings.baselines)
    for curve in result.baselines.values():
        assert curve["n_edges"].tolist() == result.curve["n_edges"].tolist()
        assert {*curve.columns} == {*result.curve.columns, "n_kept"}
    assert result.baselines["random"]["tv"].iloc[-1] < 1e-5
    complement_curve = result.baselines["complement"]
    assert complement_curve["tv"].iloc[0] < 1e-5
    edges = reference.edges_of(model, len(TOKENS))
    row = len(complement_curve) // 2
    kept = {
        edge
        for edge, rank in zip(edges, result.trace.rank, strict=True)
        if edge.kind.startswith("residual") or rank >= complement_curve["n_edges"].iloc[row]
    }
    logits = reference.run(model, TOKENS, kept).logits.double()
    p, q = (np.exp(x - x.max()) / np.exp(x - x.max()).sum() for x in (result.full_logits.astype(float), logits.numpy()))
    assert complement_curve["tv"].iloc[row] == pytest.approx(np.abs(p - q).sum() / 2, abs=1e-5)
    assert complement_curve["n_kept"].iloc[row] == len(kept)


@pytest.mark.parametrize("name", ["llama", "gpt_neox"])
def test_baselines_added_later_are_those_asked_for_from_the_start(name: str) -> None:
    model = tiny_model(name)
    asked = trace_prompt(model, TOKENS, baselines=["backbone", "random", "complement"], seed=5, target=2)
    seen: list[Progress] = []
    first = trace_prompt(model, TOKENS, baselines=["backbone"], seed=5, target=2)
    added = with_baselines(model, first, ["random", "backbone", "complement"], on_progress=seen.append)
    assert {progress.stage for progress in seen} == {"random", "complement"}
    assert added.settings == asked.settings and added.id == asked.id != first.id
    assert list(added.baselines) == list(asked.baselines)
    for baseline, curve in asked.baselines.items():
        pd.testing.assert_frame_equal(added.baselines[baseline], curve)
    assert added.trace is first.trace and added.curve is first.curve and list(first.baselines) == ["backbone"]
    assert with_baselines(model, added, ["random"]) is added


def test_a_result_from_a_file_takes_baselines_of_its_own_model_alone() -> None:
    model = tiny_model("llama")
    opened = decode_result(encode_result(trace_prompt(model, TOKENS), ".npz"), "a.npz")
    again = trace_prompt(model, TOKENS, baselines=["random"])
    assert with_baselines(model, opened, ["random"]).id == again.id
    with pytest.raises(ModelError, match="the trace is of 'tiny-llama' and is used with 'tiny-gpt2'"):
        with_baselines(tiny_model("gpt2"), opened, ["random"])
    with pytest.raises(SettingError, match="no baseline 'all'"):
        with_baselines(model, opened, ["all"])


@pytest.mark.parametrize(
    ("baselines", "said"),
    [
        (["all"], "no baseline 'all'; choose one of random, backbone, complement, best-first"),
        ("random", r"write \('random',\)"),
    ],
)
def test_an_unknown_baseline_is_refused(baselines: list[str] | str, said: str) -> None:
    with pytest.raises(SettingError, match=said):
        trace_prompt(tiny_model("llama"), TOKENS, baselines=baselines)
