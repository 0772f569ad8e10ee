import numpy as np
import pandas as pd
import pytest

from strace_core import SettingError, trace_prompt
from strace_core.evaluate.density import area_over_log, density, recovery_sizes
from tests.core.tiny_models import tiny_model


def curve(counts: list[int], tv: list[float], **columns: list) -> pd.DataFrame:
    return pd.DataFrame({"n_edges": counts, "tv": tv, "top1_match": False, "shared_nucleus": 0} | columns)


def test_a_curve_that_never_falls_has_all_the_area() -> None:
    found = density(curve([0, 10, 10_000], [1, 1, 1]), 10_000)
    assert found.auc_tv_log == pytest.approx(5)
    assert found.auc_tv == pytest.approx(1)


def test_area_by_hand() -> None:
    """E = 1,000: the empty graph's 1 up to 1e-3, then straight from 0.8 at one edge to 0 at 1e-1, then nothing."""
    found = density(curve([0, 1, 100, 1000], [1, 0.8, 0, 0]), 1000)
    assert found.auc_tv_log == pytest.approx(2 * 1 + 2 * 0.8 / 2)
    assert found.auc_tv == pytest.approx(0.001 * 0.9 + 0.099 * 0.4)


def test_one_edge_that_was_not_run_has_the_empty_graphs_value() -> None:
    found = density(curve([0, 10, 1000], [1, 0, 0]), 1000)
    assert found.auc_tv_log == pytest.approx(2 + 1 * 0.5)


def test_a_large_graph_begins_inside_its_curve() -> None:
    """E = 1e7, so 1e-5 is a hundred edges, half way on the log axis between ten and a thousand."""
    found = density(curve([0, 10, 1000, 10**7], [1, 1, 0, 0]), 10**7)
    assert found.auc_tv_log == pytest.approx(1 * 0.5 / 2)


def test_area_over_log_is_that_of_a_fine_sum() -> None:
    counts = np.array([0, 1, 3, 40, 500, 9000])
    tv = np.array([0.9, 0.85, 0.7, 0.75, 0.2, 0.0])
    x = np.linspace(-5, 0, 400_001)
    heights = np.where(x < -np.log10(9000), 0.9, np.interp(x, np.log10(counts[1:] / 9000), tv[1:]))
    assert density(curve([*counts], [*tv]), 9000).auc_tv_log == pytest.approx(np.trapezoid(heights, x), abs=1e-4)


@pytest.mark.parametrize("least", [0.2, 1, 2, 40, 77.5, 9000])
def test_area_from_any_size_on(least: float) -> None:
    counts = np.array([0, 1, 3, 40, 500, 9000])
    tv = np.array([0.9, 0.85, 0.7, 0.75, 0.2, 0.0])
    x = np.linspace(np.log10(least / 9000), 0, 400_001)
    heights = np.where(x < -np.log10(9000), 0.9, np.interp(x, np.log10(counts[1:] / 9000), tv[1:]))
    assert area_over_log(counts, tv, 9000, least) == pytest.approx(np.trapezoid(heights, x), abs=1e-4)


@pytest.mark.parametrize("counts", [[1, 10, 100], [0, 10, 99]])
def test_a_curve_without_its_ends_has_no_density(counts: list[int]) -> None:
    with pytest.raises(SettingError, match="needs the empty graph and all 100"):
        density(curve(counts, [1, 0.5, 0]), 100)


def test_recovery_sizes_by_hand() -> None:
    found = recovery_sizes(
        curve([0, 2, 5, 9, 10], [0.9, 0.4, 0.6, 0.1, 0.0], top1_match=[True, False, True, True, True],
              shared_nucleus=[0, 10, 0, 50, 99]),
        10,
    )  # fmt: skip
    assert found.loc["tv <= 0.5"].tolist() == [2, 0.2, 9]
    assert found.loc["tv <= 0.1"].tolist() == [9, 0.9, 9]
    assert found.loc["top1_match"].tolist() == [0, 0.0, 5]
    assert found.loc["shared_nucleus >= 10"].tolist() == [2, 0.2, 9]
    assert found.loc["shared_nucleus >= 99", "n_edges"] == 10


def test_what_is_never_recovered_is_missing() -> None:
    found = recovery_sizes(curve([0, 5], [0.9, 0.3], top1_match=[True, False]), 10)
    assert found.loc["tv <= 0.1"].isna().all()
    assert found.at["top1_match", "n_edges"] == 0 and pd.isna(found.at["top1_match", "stays_from"])


def test_a_result_offers_both() -> None:
    result = trace_prompt(tiny_model("gpt2"), (3, 1, 4, 1, 5))
    assert 0 <= result.density.auc_tv <= 1 and 0 <= result.density.auc_tv_log <= 5
    assert result.recovery.at["tv <= 0.01", "n_edges"] <= result.n_edges
    assert result.marks == {"connected": result.trace.connected, "backbone": result.trace.backbone}
