"""The comparison with all subgraphs, on graphs whose orders can be counted out."""

from collections.abc import Iterator

import numpy as np
import pytest

from benchmarks.exhaustive import best_subgraphs, leads_to_output, log_weights, toy, tv_of_all
from strace_core import trace_prompt
from strace_core.graph.layout import EdgeLayout

GRAPHS = [EdgeLayout(1, 1, 2), EdgeLayout(2, 1, 1, parallel=True), EdgeLayout(2, 1, 1)]


def orders(layout: EdgeLayout, taken: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """Every order in which each edge has a path to the output among those before it."""
    reached = {layout.output_node, *layout.source_node[list(taken)].tolist()}
    if len(taken) == layout.n_edges:
        yield taken
    for edge in range(layout.n_edges):
        if edge not in taken and layout.target_node[edge] in reached:
            yield from orders(layout, (*taken, edge))


@pytest.mark.parametrize("layout", GRAPHS)
def test_the_best_order_is_the_best_of_all_orders(layout: EdgeLayout) -> None:
    fine = leads_to_output(layout)
    every = [np.cumsum([1 << edge for edge in order]) for order in orders(layout)]
    assert set(np.flatnonzero(fine)) == {0, *np.concatenate(every).tolist()}
    tv = np.where(fine, np.random.default_rng(2).random(len(fine)), np.inf)
    weights = log_weights(layout.n_edges, 2)
    best = best_subgraphs(layout, tv, 2)
    assert best.nested @ weights == pytest.approx(min(tv[order] @ weights for order in every))
    assert best.of_size.tolist() == [min(tv[order[n]] for order in every) for n in range(layout.n_edges)]
    assert (best.nested >= best.of_size).all()


def test_the_weights_make_the_area() -> None:
    tv = np.random.default_rng(1).random(9)
    assert tv @ log_weights(9, 4) == pytest.approx(np.trapezoid(tv[3:], np.log10(np.arange(4, 10))))


def test_every_subgraph_has_the_tv_of_its_trace() -> None:
    model = toy("llama", 3)
    result = trace_prompt(model, (4, 7), sizes=range(15))
    tv = tv_of_all(model, (4, 7), result.layout, result.full_logits)
    subsets = np.cumsum([0, *(1 << result.trace.order.astype(np.int64))])
    np.testing.assert_allclose(tv[subsets], result.curve["tv"], atol=1e-5)
    assert result.curve["tv"].max() > 0.2
