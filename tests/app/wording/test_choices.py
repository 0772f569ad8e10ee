"""The page names and explains every choice that the engine has."""

from strace_explorer.wording.choices import BASELINES, BEST_FIRST, GUIDED, SCORE_RULE_HELP, SEARCH_HELP

from strace_core import BASELINES as ENGINE_BASELINES
from strace_core import SCORE_RULES, SEARCHES


def test_every_rule_search_and_baseline_of_the_engine_is_explained() -> None:
    assert list(SCORE_RULE_HELP) == list(SCORE_RULES)
    assert list(SEARCH_HELP) == list(SEARCHES) == [BEST_FIRST, GUIDED]
    assert [*BASELINES, BEST_FIRST] == list(ENGINE_BASELINES), "the paper's order is there unasked"
