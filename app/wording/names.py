"""What the things that many pictures show are called: kinds of edge, orders of the edges, searches."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

KIND_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "attention": "attention",
        "mlp": "MLP",
        "residual_attn": "residual past attention",
        "residual_mlp": "residual past the MLP",
        "residual": "residual",
    }
)
"""Each kind of edge, as the engine names it, in words. A parallel block has one residual edge for both."""

PART_OF_KIND: Final[Mapping[str, str]] = MappingProxyType(
    {
        "attention": "attention heads",
        "mlp": "MLPs",
        "residual_attn": "residual connections",
        "residual_mlp": "residual connections",
        "residual": "residual connections",
    }
)
"""The part of the model that a kind of edge belongs to, where the kinds of residual edge are shown as one."""

TRACE: Final = "the trace"

BASELINE_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "random": "random growth",
        "backbone": "backbone first",
        "complement": "without the trace's edges",
        "best-first": "the paper's order",
    }
)
"""Each baseline, as the engine names it, in words."""

ORDER_NAMES: Final[Mapping[str, str]] = MappingProxyType({"trace": TRACE, **BASELINE_NAMES})
"""The orders of a study's tables: the trace and the baselines."""

SEARCH_NAMES: Final[Mapping[str, str]] = MappingProxyType({"best-first": "best-first", "guided": "guided"})
"""Each search, as the engine names it, in words."""
