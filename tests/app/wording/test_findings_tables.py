import pandas as pd
import pytest

from strace_core.study import (
    Study,
    claims,
    density_by_group,
    gini,
    half_fall,
    model_agreement,
    size_by_criterion,
)
from strace_explorer.wording import findings_tables as tables
from tests.core.studies import make_study, random_study

NASTY = "<img src=x onerror=alert(1)> **bold** $x$"


@pytest.fixture(scope="module")
def study() -> Study:
    return random_study(1, ("a", "a:untrained", "b"), 12)


def test_claims_have_words_and_icons(study: Study) -> None:
    found = claims(study)
    table = tables.claims_table(found)
    assert len(table) == len(found)
    verdicts = ("holds", "does not hold", "undecided")
    assert all(cell.endswith(verdicts) for cell in table["Verdict"])
    assert table["Verdict"].str.contains(":material/").all()
    assert "1e" not in " ".join(table["Claim"]) and "auc_tv_log" not in " ".join(table["Claim"])
    lines = tables.verdict_counts(found)
    assert len(lines) == 3 and lines[-1].startswith("**Between models**")


def test_verdicts_are_counted_for_each_model() -> None:
    found = pd.DataFrame(
        {"model": ["m", "m", "m", ""], "verdict": ["holds", "undecided", "undecided", "does not hold"]}
    )
    assert tables.verdict_counts(found) == [
        "**m**: 1 hold, 0 do not hold, 2 undecided",
        "**Between models**: 0 hold, 1 do not hold, 0 undecided",
    ]


def test_what_comes_from_a_study_is_escaped() -> None:
    study = random_study(2, (NASTY, "b"), 4, group=NASTY)
    for table in (
        tables.claims_table(claims(study)),
        tables.groups_table(density_by_group(study), "auc_tv_log"),
        tables.agreement_table(model_agreement(study)),
        tables.half_fall_table(half_fall(study)),
        tables.criteria_table(size_by_criterion(study)),
        tables.gini_table(gini(study)),
        tables.failures_table(make_study({"error": [NASTY]}).runs),
    ):
        words = " ".join([*map(str, table.columns), *table.to_numpy(str).ravel()])
        assert "<img" not in words.replace("\\<", "") and "**bold**" not in words and "$x$" not in words


def test_a_study_without_traces_has_no_claims() -> None:
    assert tables.claims_table(claims(make_study({"error": ["no"] * 3}))).empty
