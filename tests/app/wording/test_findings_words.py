import pytest

from strace_explorer.wording.findings_words import criterion_label, estimate, group_label, model_label, percent


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("demo-llama", "demo-llama"),
        ("demo-llama:untrained", "demo-llama (untrained)"),
        ("/home/me/models/owner/name/", "owner/name"),
        ("owner/name:untrained", "owner/name (untrained)"),
    ],
)
def test_model_labels(name: str, label: str) -> None:
    assert model_label(name) == label


def test_numbers_as_words() -> None:
    nan = float("nan")
    assert estimate(0.515, 0.2, 0.71) == "0.52 [0.20, 0.71]"
    assert (estimate(nan, nan, nan), estimate(-1.0, nan, nan), estimate(-0.001, nan, nan)) == ("–", "−1.00", "0.00")
    sizes = (1e-5, 0.0123, 0.5, 1.0, 0.0, nan)
    assert [percent(value) for value in sizes] == ["0.001 %", "1.2 %", "50 %", "100 %", "0 %", "–"]


def test_labels_of_criteria_and_groups() -> None:
    assert criterion_label("tv <= 0.1") == "TV ≤ 0.1"
    assert criterion_label("shared_nucleus >= 50") == "same 50 % nucleus"
    assert (group_label(None), group_label(""), group_label("sums")) == ("no group", "no group", "sums")
