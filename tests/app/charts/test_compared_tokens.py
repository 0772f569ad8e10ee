from dataclasses import replace

import numpy as np
import pytest

from strace_core import TraceResult
from strace_explorer.charts import compared_tokens
from strace_explorer.charts.compared_tokens import NOWHERE
from strace_explorer.charts.paired_bars import rank_change
from strace_explorer.wording.comparison import Compared
from tests.app.traces import made_up_trace


@pytest.fixture(scope="module")
def a() -> TraceResult:
    return made_up_trace(3, 4, [" a", " b", " c"])


@pytest.fixture(scope="module")
def b() -> TraceResult:
    return made_up_trace(3, 4, [" a", " b", " c", " d", " e", " f"], seed=1)


def test_tokens_of_one_vocabulary_are_compared_by_id(a: TraceResult, b: TraceResult) -> None:
    pair = Compared(a, b, a.n_edges, b.n_edges)
    frame = compared_tokens.frame(pair)
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
    frame = compared_tokens.frame(Compared(a, renamed, a.n_edges, b.n_edges))
    alone = frame[frame["token"].str.endswith("!")]
    assert len(alone) > 0 and alone.query("side == 'A'")["value"].isna().all()
    assert alone["explained"].str.contains(NOWHERE).all() and (alone["change"] == "").all()
    shared = frame[frame["token"] == f"·{b.token_texts[2].strip()}"]
    if len(shared):
        assert shared["value"].tolist() == pytest.approx([a.probabilities()[2], b.probabilities()[2]])
