from dataclasses import replace

import pytest

from strace_core import TraceResult
from strace_explorer.wording.numbers import (
    density_numbers,
    numbers_frame,
    order_number,
    recovery_numbers,
    search_words,
    size_numbers,
)
from strace_explorer.wording.text import size_text
from tests.app.traces import guided_from, made_up_trace


@pytest.fixture(scope="module")
def result() -> TraceResult:
    return made_up_trace(3, 4, [" a", " b", " c"])


def values(numbers: list) -> dict[str, str]:  # type: ignore[type-arg]
    return {number.name: number.value for number in numbers}


def test_densities_are_told_with_their_range(result: TraceResult) -> None:
    assert values(density_numbers(result)) == {
        "Density": f"{result.density.auc_tv_log:.2f} of 5",
        "Density (linear)": f"{result.density.auc_tv:.3f} of 1",
    }


def test_a_result_without_the_full_graph_has_no_density(result: TraceResult) -> None:
    cut = replace(result, curve=result.curve.iloc[:-1], logits=result.logits[:-1])
    assert all(value.startswith("unknown") for value in values(density_numbers(cut)).values())


def test_recovery_sizes_have_edges_and_share(result: TraceResult) -> None:
    curve = result.curve
    first = int(curve.loc[curve["tv"] <= 0.1, "n_edges"].iloc[0])
    found = values(recovery_numbers(result))
    assert found["TV ≤ 0.1"].startswith(size_text(first, result.n_edges))
    assert list(found) == [
        "TV ≤ 0.5", "TV ≤ 0.1", "TV ≤ 0.01", "Same top token",
        "Same 50 % nucleus", "Same 90 % nucleus", "Same 99 % nucleus",
    ]  # fmt: skip


def test_what_is_not_recovered_says_so_and_what_is_lost_again_says_from_where_it_stays(result: TraceResult) -> None:
    tv = result.curve["tv"].copy()
    tv[:] = 1.0
    tv.iloc[5], tv.iloc[-3:] = 0.4, 0.3
    found = values(recovery_numbers(replace(result, curve=result.curve.assign(tv=tv))))
    sizes = result.curve["n_edges"].tolist()
    assert found["TV ≤ 0.5"] == f"{size_text(sizes[5], result.n_edges)}; permanently from {sizes[-3]}"
    assert found["TV ≤ 0.1"] == "at no evaluated size"


def test_a_guided_order_is_told_beside_the_papers(result: TraceResult) -> None:
    assert (order_number(result).value, search_words(result)) == ("best-first", "")
    won = guided_from(result)
    half = size_text(result.n_edges // 2, result.n_edges)
    assert order_number(won).value == f"guided up to {half}, then best-first"
    gain = 100 * (1 - result.density.auc_tv_log / 5)
    ours = f"{result.density.auc_tv_log:.2f}"
    assert search_words(won) == (
        f"Guided: area under the TV curve {ours}, best-first 5.00 (\N{MINUS SIGN}{gain:.0f} %)."
    )
    assert search_words(replace(won, curve=won.curve.iloc[:-1])) == ""
    lost = guided_from(result, won=False)
    assert order_number(lost).value == "best-first: the guided search found nothing better"
    assert search_words(lost) == "The guided search found nothing better, so this is the paper's order."


def test_numbers_of_a_size_are_those_of_the_curve(result: TraceResult) -> None:
    row = result.curve.iloc[20]
    found = values(size_numbers(result, int(row["n_edges"])))
    full = result.curve.iloc[-1]
    assert found["Distance (TV)"] == f"{row['tv']:.3f}"
    assert found["Distance (KL)"] == f"{row['kl']:.3f} nats"
    assert found["Entropy"] == f"{row['entropy']:.2f} nats; full model {full['entropy']:.2f} nats"
    top = result.top_tokens(k=1)["text"].iloc[0].strip()
    assert found[f"Surprisal of {top}"] == f"{row['surprisal']:.2f} nats"
    assert found["Active"] == f"{row['n_heads_active']} heads, {row['n_mlps_active']} MLPs"
    residual = row["residual_attn"] + row["residual_mlp"]
    assert (
        found["Kept by kind"]
        == f"attention heads {row['attention']}, MLPs {row['mlp']}, residual connections {residual}"
    )


def test_every_number_explains_itself(result: TraceResult) -> None:
    numbers = [*density_numbers(result), *recovery_numbers(result), order_number(result), *size_numbers(result, 0)]
    assert all(number.meaning.endswith(".") and len(number.meaning) > 20 for number in numbers)
    table = numbers_frame(numbers)
    assert table.columns.tolist() == ["What", "Value", "Meaning"] and len(table) == len(numbers)
