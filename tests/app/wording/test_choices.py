"""The page names and explains every choice that the engine has."""

from strace_core import BASELINES as ENGINE_BASELINES
from strace_core import SCORE_RULES as ENGINE_RULES
from strace_core import SEARCHES as ENGINE_SEARCHES
from strace_explorer.wording.choices import BASELINES, BEST_FIRST, GUIDED, SCORE_RULES, SEARCHES, explained


def test_every_rule_search_and_baseline_of_the_engine_is_explained() -> None:
    assert list(SCORE_RULES) == list(ENGINE_RULES)
    assert list(SEARCHES) == list(ENGINE_SEARCHES) == [BEST_FIRST, GUIDED]
    assert [*BASELINES, BEST_FIRST] == list(ENGINE_BASELINES), "the paper's order is there unasked"


def test_a_help_text_says_what_is_chosen_and_what_each_choice_means() -> None:
    assert explained("How to start.", {"cold": "without a cache", "warm": "with one"}) == (
        "How to start.\n\n- **cold**: without a cache\n- **warm**: with one"
    )
