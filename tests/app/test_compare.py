from dataclasses import replace

import numpy as np
import pytest
from strace_explorer.charts.compare import (
    BOTH,
    NOWHERE,
    Compared,
    compared_numbers,
    compared_tokens,
    component_grid,
    component_lists,
    differing_shapes,
    least_fraction,
    linked,
    overlay_frame,
)
from strace_explorer.charts.frames import rank_change

from strace_core import TraceResult
from tests.app.traces import made_up_trace


@pytest.fixture(scope="module")
def a() -> TraceResult:
    return made_up_trace(3, 4, [" a", " b", " c"])


@pytest.fixture(scope="module")
def b() -> TraceResult:
    return made_up_trace(3, 4, [" a", " b", " c", " d", " e", " f"], seed=1)


def test_sizes_are_linked_by_their_share(a: TraceResult, b: TraceResult) -> None:
    size = int(a.curve["n_edges"].iloc[20])
    pair = linked(a, b, size)
    shares = b.curve["fraction"].to_numpy()[1:]
    best = shares[np.abs(np.log(shares) - np.log(size / a.n_edges)).argmin()]
    assert pair.size_b == round(best * b.n_edges)
    assert linked(a, b, 0).size_b == 0
    assert linked(a, b, a.n_edges).size_b == b.n_edges


def test_overlay_has_both_curves_on_relative_size(a: TraceResult, b: TraceResult) -> None:
    pair = linked(a, b, 20)
    frame = overlay_frame(pair)
    for name, result, size in pair.sides:
        rows = frame[frame["run"] == name]
        assert rows["value"].tolist() == result.curve["tv"].iloc[1:].tolist()
        assert rows["fraction"].tolist() == pytest.approx((rows["n_edges"] / result.n_edges).tolist())
        assert rows.loc[rows["current"], "n_edges"].tolist() in ([size], [])
    assert least_fraction(pair) == 1 / b.n_edges


def test_numbers_stand_side_by_side_each_with_its_own_top_token(a: TraceResult, b: TraceResult) -> None:
    pair = Compared(a, b, a.n_edges, b.n_edges)
    table = compared_numbers(pair).set_index("What")
    assert table.loc["Size", ["A", "B"]].tolist() == [f"{a.n_edges} edges (100 %)", f"{b.n_edges} edges (100 %)"]
    tops = [result.top_tokens(k=1)["text"].iloc[0].strip() for result in (a, b)]
    assert tops[0] != tops[1], "else this shows nothing"
    for side, top in zip("AB", tops, strict=True):
        assert table.loc["Surprisal of its top token", side].endswith(f"nats for {top}")
    assert table.loc["Density", "B"] == f"{b.density.auc_tv_log:.2f} of 5"


def test_components_carry_the_letter_of_who_uses_them(a: TraceResult, b: TraceResult) -> None:
    pair = Compared(a, b, 25, 20)
    grid = component_grid(pair)
    used = [
        {(edge.layer, edge.head) for edge in result.edges.iloc[:size].itertuples() if edge.kind in ("attention", "mlp")}
        for _, result, size in pair.sides
    ]
    assert len(grid) == 3 * 5
    for row in grid.itertuples():
        inside = tuple((row.layer, row.head) in parts for parts in used)
        assert row.sign == {(True, True): BOTH, (True, False): "A", (False, True): "B", (False, False): ""}[inside]
    assert set(grid["sign"]) == {"A", "B", BOTH, ""}, "else this shows little"
    lists = component_lists(pair)
    assert len(lists["in both"]) == len(used[0] & used[1])
    assert sum(map(len, lists.values())) == len(used[0] | used[1])


def test_names_of_components() -> None:
    one = made_up_trace(1, 1, [" a"])
    lists = component_lists(Compared(one, one, one.n_edges, 0))
    assert lists == {"only in A": ["block 0 head 0", "block 0 MLP"], "only in B": [], "in both": []}


def test_models_of_different_shape_are_compared_where_they_agree(a: TraceResult) -> None:
    other = made_up_trace(2, 6, [" a", " b"])
    pair = linked(a, other, 20)
    assert len(component_grid(pair)) == 2 * 5
    assert differing_shapes(pair).startswith("A has 3 blocks of 4 heads, B 2 of 6")
    assert differing_shapes(linked(a, a, 20)) == ""


def test_tokens_of_one_vocabulary_are_compared_by_id(a: TraceResult, b: TraceResult) -> None:
    pair = Compared(a, b, a.n_edges, b.n_edges)
    frame = compared_tokens(pair)
    p, q = a.probabilities(), b.probabilities()
    tops = set(np.argsort(-p)[:5]) | set(np.argsort(-q)[:5])
    assert frame["token"].nunique() == len(tops)
    assert frame["value"].notna().all()
    by_side = frame.pivot(index="token", columns="side", values="value")
    assert by_side["A"].max() == pytest.approx(p.max()) and by_side["B"].max() == pytest.approx(q.max())
    first = frame.query("place == 0")
    assert first["value"].iloc[0] == pytest.approx(p.max()), "A's order"
    best = int(p.argmax())
    assert first["change"].iloc[0] == rank_change(1, int((q > q[best]).sum()) + 1)


def test_tokens_of_different_vocabularies_are_compared_by_text(a: TraceResult, b: TraceResult) -> None:
    renamed = replace(
        b,
        spec=replace(b.spec, name="another"),
        token_texts={token_id: text if token_id < 6 else f"{text}!" for token_id, text in b.token_texts.items()},
    )
    frame = compared_tokens(Compared(a, renamed, a.n_edges, b.n_edges))
    alone = frame[frame["token"].str.endswith("!")]
    assert len(alone) > 0 and alone.query("side == 'A'")["value"].isna().all()
    assert alone["explained"].str.contains(NOWHERE).all() and (alone["change"] == "").all()
    shared = frame[frame["token"] == f"·{b.token_texts[2].strip()}"]
    if len(shared):
        assert shared["value"].tolist() == pytest.approx([a.probabilities()[2], b.probabilities()[2]])
