"""One palette, and one set of dashes, for the graph and the charts.

The same hues serve the light and the dark theme: every colour has a medium luminance, with a contrast of at least 3:1
(WCAG 1.4.11, graphical objects) to each of `SURFACES`. The hues stay apart for readers with protanopia, deuteranopia or
tritanopia: in each of the three, any two that share a picture are at least 20 units of CIE Lab distance apart. Nothing
is told by colour alone.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ATTENTION: Final = "#417FFE"
"""Attention heads and attention edges."""
MLP: Final = "#DE6312"
"""MLPs and MLP edges."""
RESIDUAL: Final = "#05894C"
"""The residual stream and its edges."""
SUBGRAPH: Final = "#C35FB8"
"""A traced subgraph: its prediction, its curve."""
FULL_MODEL: Final = "#7F7F7F"
"""The full model, which a subgraph is compared with."""
RULE: Final = "#858585"
"""Rules in charts. Vega's default would vanish in the dark theme."""

BASELINE_COLOURS: Final[Mapping[str, str]] = MappingProxyType(
    {"random": "#7D8B7D", "backbone": "#7A55FF", "complement": "#8A7500", "best-first": "#188040"}
)
"""The colour of each baseline, beside SUBGRAPH in one chart."""

ORDER_COLOURS: Final[Mapping[str, str]] = MappingProxyType({"trace": SUBGRAPH, **BASELINE_COLOURS})
"""The colour of each order of the edges: the trace and the baselines."""

ORDER_DASHES: Final[Mapping[str, tuple[int, ...]]] = MappingProxyType(
    {"trace": (1, 0), "random": (2, 2), "backbone": (7, 3), "complement": (7, 3, 2, 3), "best-first": (14, 3)}
)
"""The dashes of each order of the edges. The trace is solid."""

RUN_A: Final = "#8A5CF0"
RUN_B: Final = "#A87B00"
"""The two results of a comparison."""

INK: Final[Mapping[str, str]] = MappingProxyType({"light": "#5C5966", "dark": "#B9B5C4"})
"""The colour of text inside charts, by theme: no grey is legible on both."""

SURFACES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "light": "#FFFFFF",
        "light, secondary": "#F6F5F9",
        "dark": "#17161C",
        "dark, secondary": "#24222C",
    }
)
"""The backgrounds of the app's two themes (app/.streamlit/config.toml) behind the palette."""

KIND_COLOURS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "attention": ATTENTION,
        "mlp": MLP,
        "residual_attn": RESIDUAL,
        "residual_mlp": RESIDUAL,
        "residual": RESIDUAL,
    }
)
"""The colour of each kind of edge."""

KIND_DASHES: Final[Mapping[str, tuple[int, ...]]] = MappingProxyType(
    {
        "attention": (1, 0),
        "mlp": (7, 3),
        "residual_attn": (2, 2),
        "residual_mlp": (7, 3, 2, 3),
        "residual": (2, 2),
    }
)
"""The dashes of each kind of edge. Where all residual edges are one line, it has those of "residual"."""
