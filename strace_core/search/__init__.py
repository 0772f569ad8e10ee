"""Searches: each puts the edges of a graph in an order whose prefixes are the subgraphs. See docs/search.md.

A search is one module that implements :class:`~strace_core.search.protocol.Search`, and one entry of ``SEARCHES``.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from strace_core.search.best_first import BestFirst
from strace_core.search.guided import Guided
from strace_core.search.protocol import Search
from strace_core.search.schedule import GUIDED
from strace_core.trace.trace import BEST_FIRST

__all__ = ["GUIDED", "MAX_EFFORT", "SEARCHES", "Search"]

SEARCHES: Final[Mapping[str, Search]] = MappingProxyType({BEST_FIRST: BestFirst(), GUIDED: Guided()})
"""Searches by name.

``best-first``: always take the heaviest edge on the frontier, as the paper does. ``guided``: start from that order and
improve it by gradients of the output; see docs/search.md.
"""

MAX_EFFORT: Final = 100
"""The largest effort of a search that takes one."""
