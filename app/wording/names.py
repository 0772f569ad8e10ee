"""Names that many pictures share: kinds of edge, parts of the model, orders of the edges, searches."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from strace_core import TraceResult

KIND_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "attention": "attention",
        "mlp": "MLP",
        "residual_attn": "residual past attention",
        "residual_mlp": "residual past the MLP",
        "residual": "residual",
    }
)
"""The name of each kind of edge. A parallel block has one residual edge past both."""

PART_OF_KIND: Final[Mapping[str, str]] = MappingProxyType(
    {
        "attention": "attention heads",
        "mlp": "MLPs",
        "residual_attn": "residual connections",
        "residual_mlp": "residual connections",
        "residual": "residual connections",
    }
)
"""The part of the model that a kind of edge belongs to, where all residual edges are shown as one."""

TRACE: Final = "the trace"

BASELINE_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "random": "random growth",
        "backbone": "backbone first",
        "complement": "without the trace's edges",
        "best-first": "the paper's order",
    }
)
"""The name of each baseline."""

ORDER_NAMES: Final[Mapping[str, str]] = MappingProxyType({"trace": TRACE, **BASELINE_NAMES})
"""The name of each order in a study's tables: the trace and the baselines."""

SEARCH_NAMES: Final[Mapping[str, str]] = MappingProxyType({"best-first": "best-first", "guided": "guided"})
"""The name of each search."""


def parts_of(result: TraceResult) -> list[str]:
    """Return the parts of a result's model, in the order in which charts stack them from below."""
    present = set(result.edges["kind"].cat.categories)
    return list(dict.fromkeys(part for kind, part in PART_OF_KIND.items() if kind in present))


def component_name(layer: int, head: int) -> str:
    """Return the name of a head, "L12H2", or of a block's MLP, "L12 MLP", where ``head`` is negative."""
    return f"L{layer} MLP" if head < 0 else f"L{layer}H{head}"
