"""How the edges of a trace are put in order, by name."""

BEST_FIRST, GUIDED = "best-first", "guided"

SEARCHES = (BEST_FIRST, GUIDED)
"""``best-first``: always the heaviest edge that leads on, the paper's way. ``guided``: an order found by gradients of
the output, which starts from that one; see docs/search.md."""

MOST_EFFORT = 100
"""The largest effort of a guided search."""

SIZES_OF_A_STEP = 6
"""Sizes whose softened subgraphs are run in one step of a guided search."""
