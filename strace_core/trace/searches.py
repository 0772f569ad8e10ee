"""How the edges of a trace are put in order, by name."""

BEST_FIRST, GUIDED = "best-first", "guided"

SEARCHES = (BEST_FIRST, GUIDED)
"""``best-first``: always the heaviest edge that leads on, the paper's way. ``guided``: an order found by gradients of
the output, which starts from that one; see docs/search.md."""

MOST_EFFORT = 100
"""The largest effort of a guided search."""

SIZES_OF_A_STEP = (8, 18)
"""Sizes whose softened subgraphs are run in the first and in the last step of a guided search."""
