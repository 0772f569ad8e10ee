"""The settings of a trace that a visitor chooses between, and what each means."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from .names import BASELINE_NAMES

BEST_FIRST: Final = "best-first"
"""The paper's search, against which others are compared."""

GUIDED: Final = "guided"

SCORE_RULES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "l1": "L1 norm of an edge's contribution, as a share of everything added at its target (the paper's rule)",
        "l2": "the same with the Euclidean norm",
        "cosine": "how well the contribution aligns with its target's state",
        "ifr": "how much closer the contribution brings its target's state (information flow routes)",
        "random": "a control that ignores the contributions",
    }
)
"""Each score rule, explained."""

SEARCHES: Final[Mapping[str, str]] = MappingProxyType(
    {
        BEST_FIRST: "always adds the highest-scoring edge that leads to the prediction (the paper's search)",
        GUIDED: "then reorders edges by gradients of the output until small subgraphs come closer to the model; "
        "several times slower",
    }
)
"""Each search, explained."""

BASELINES: Final[Mapping[str, str]] = MappingProxyType(
    {name: label for name, label in BASELINE_NAMES.items() if name != BEST_FIRST}
)
"""The baselines on offer, by label. The paper's order is there unasked beside a guided trace."""

SCORE_RULE: Final = "How much an edge counts at its target ([score rule](glossary#score-rule))."
SEARCH: Final = "How the edges are put in order ([search](glossary#search))."
EFFORT: Final = (
    "How many steps the [guided search](glossary#guided-search) takes. At 1 a trace takes about 8 times as long as a "
    "best-first one. At 4 it takes about 26 times as long and the curves get lower still."
)
COMPARED_WITH: Final = (
    "Other orders of the same edges ([baselines](glossary#baseline)). Random growth adds edges at random, backward "
    "from the prediction. Backbone first adds all residual connections and MLPs, then attention edges at random. "
    "Without the trace's edges runs the model minus everything the trace has found: if its prediction falls apart, the "
    "trace has found what matters."
)


def explained(what: str, choices: Mapping[str, str]) -> str:
    """Return a picker's help text: what is chosen, then each choice with its meaning."""
    return "\n".join([what, "", *(f"- **{name}**: {meaning}" for name, meaning in choices.items())])
