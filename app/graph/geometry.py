"""Where everything in the graph is drawn: the one owner of positions.

Columns are token positions; rows are blocks, bottom up (y grows downwards, as on a canvas). A cell is one block at one
token. The token's residual stream, its spine, runs along the cell's left edge. Right of the spine, from the cell's foot
up, come a gutter where attention curves arrive, the heads in a small grid, the level of `resid_mid`, and the MLP. Above
is the next block's foot. Only the last column has a cell in the last block, because only the last position's prediction
is traced.

The component view is the same geometry with a single column for all positions. Its rows are low: the heads in a line
right of the spine, the MLP left of it.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

View = Literal["tokens", "components"]
NodeKind = Literal["head", "mlp", "token", "block", "prediction", "state"]
Stage = Literal["pre", "mid", ""]

DOT_LIMIT = 6_000
"""Above this many dots (blocks x heads x tokens) the explorer starts in the component view."""

TOKEN_VIEW_DOTS, TOKEN_VIEW_EDGES = 30_000, 600_000
"""The token view is offered up to this many dots and edges; a browser cannot usefully draw more."""

HEAD_RADIUS = 4.4
MLP_RADIUS = 5.4
STATE_RADIUS = 2.2
_PITCH = 12.0
_SPINE_MARGIN = 12.0
_CELL_MARGIN = 12.0
_BELOW_HEADS = {"tokens": 14.0, "components": 4.0}
_HEADS_TO_MID = 5.0
_MLP_BAND = 26.0
_ABOVE_HEADS = {"tokens": _HEADS_TO_MID + _MLP_BAND, "components": 4.0}
_PITCH_LIMIT = {"tokens": 18.0, "components": 40.0}
_REFERENCE_WIDTH, _REFERENCE_HEIGHT = 640.0, 330.0


@dataclass(frozen=True)
class Point:
    """A place on the canvas, in world units (pixels at zoom 1)."""

    x: float
    y: float


@dataclass(frozen=True)
class PlacedNode:
    """Something drawn that can be pointed at. `layer`, `head` and `token` are -1 where they have no meaning.

    A state of the residual stream has a `stage`: "pre", before block `layer` (n_layers: after the last one), or "mid",
    after the attention of block `layer`.
    """

    kind: NodeKind
    at: Point
    layer: int = -1
    head: int = -1
    token: int = -1
    stage: Stage = ""


@dataclass(frozen=True)
class Geometry:
    """All positions of one graph, as the module's docstring describes them."""

    view: View
    n_layers: int
    n_heads: int
    n_tokens: int
    parallel: bool
    grid_columns: int
    pitch_x: float = _PITCH

    @property
    def n_columns(self) -> int:
        """Columns drawn: one for each token, or one for all of them."""
        return self.n_tokens if self.view == "tokens" else 1

    @property
    def cell_width(self) -> float:
        """The distance from one spine to the next."""
        return _SPINE_MARGIN + self.grid_columns * self.pitch_x + _CELL_MARGIN

    @property
    def row_height(self) -> float:
        """The distance from one block's foot to the next."""
        return _BELOW_HEADS[self.view] + self._grid_height + _ABOVE_HEADS[self.view]

    @property
    def _grid_height(self) -> float:
        return math.ceil(self.n_heads / self.grid_columns) * _PITCH

    def has_cell(self, layer: int, column: int) -> bool:
        """Whether the block has edges into this column."""
        return layer < self.n_layers - 1 or column == self.n_columns - 1

    def spine_x(self, column: int) -> float:
        """Return the x of a column's residual stream."""
        return column * self.cell_width

    def foot_y(self, layer: int) -> float:
        """Return the y of a block's `resid_pre`, where its attention curves leave the source's spine."""
        return 0.0 - layer * self.row_height

    def mid_y(self, layer: int) -> float:
        """Return the y of a block's `resid_mid`, where its heads join the spine."""
        if self.view == "components":
            return self.foot_y(layer) - self.row_height / 2
        return self._heads_top(layer) - _HEADS_TO_MID

    def head_point(self, layer: int, head: int, column: int) -> Point:
        """Return the place of an attention head; heads fill the grid row by row from the top left."""
        row, place = divmod(head, self.grid_columns)
        x = self.spine_x(column) + _SPINE_MARGIN + (place + 0.5) * self.pitch_x
        return Point(x, self._heads_top(layer) + (row + 0.5) * _PITCH)

    def mlp_point(self, layer: int, column: int) -> Point:
        """Return the place of an MLP: above the heads, or left of the spine in the component view."""
        aside = _SPINE_MARGIN + 0.5 * _PITCH
        if self.view == "components":
            return Point(self.spine_x(column) - aside, self.mid_y(layer))
        return Point(self.spine_x(column) + aside, (self.mid_y(layer) + self.foot_y(layer + 1)) / 2)

    def _heads_top(self, layer: int) -> float:
        return self.foot_y(layer) - _BELOW_HEADS[self.view] - self._grid_height

    def token_point(self, column: int) -> Point:
        """Return the foot of a token's spine; its label goes below."""
        return Point(self.spine_x(column), self.foot_y(0) + 10.0)

    def block_point(self, layer: int) -> Point:
        """Return the place of a block's label, left of the first column."""
        return Point(self.left, self.foot_y(layer) - self.row_height / 2)

    @property
    def prediction_point(self) -> Point:
        """The place of the prediction, on top of the last column's spine."""
        return Point(self.spine_x(self.n_columns - 1), self.foot_y(self.n_layers) - 12.0)

    @property
    def left(self) -> float:
        """The left edge of the drawing, without the labels."""
        return -10.0 if self.view == "tokens" else -2.4 * _PITCH

    @property
    def right(self) -> float:
        """The right edge of the drawing."""
        return self.spine_x(self.n_columns)

    def nodes(self) -> Iterator[PlacedNode]:
        """Yield every node in the order of ids. Where two overlap, the later one is pointed at."""
        if self.view == "tokens":
            for column in range(self.n_columns):
                yield PlacedNode("token", self.token_point(column), token=column)
        for layer in range(self.n_layers):
            yield PlacedNode("block", self.block_point(layer), layer=layer)
        for layer in range(self.n_layers):
            for column in range(self.n_columns):
                if self.has_cell(layer, column):
                    yield from self._cell_nodes(layer, column)
        yield PlacedNode("prediction", self.prediction_point)
        yield from self._state_nodes()

    def _state_nodes(self) -> Iterator[PlacedNode]:
        """Yield the states that reach the prediction; a spine for all positions shows the traced position's."""
        for layer in range(self.n_layers):
            for column in range(self.n_columns):
                x, token = self.spine_x(column), column if self.view == "tokens" else self.n_tokens - 1
                yield PlacedNode("state", Point(x, self.foot_y(layer)), layer, token=token, stage="pre")
                if not self.parallel and self.has_cell(layer, column):
                    yield PlacedNode("state", Point(x, self.mid_y(layer)), layer, token=token, stage="mid")
        top = Point(self.spine_x(self.n_columns - 1), self.foot_y(self.n_layers))
        yield PlacedNode("state", top, self.n_layers, token=self.n_tokens - 1, stage="pre")

    def _cell_nodes(self, layer: int, column: int) -> Iterator[PlacedNode]:
        token = column if self.view == "tokens" else -1
        for head in range(self.n_heads):
            yield PlacedNode("head", self.head_point(layer, head, column), layer, head, token)
        yield PlacedNode("mlp", self.mlp_point(layer, column), layer, token=token)


def lay_out(view: View, *, n_layers: int, n_heads: int, n_tokens: int, parallel: bool) -> Geometry:
    """Choose the head grid and the spacing that draw the graph as large as possible on a panel."""
    grids = [Geometry(view, n_layers, n_heads, n_tokens, parallel, columns) for columns in _grid_columns(view, n_heads)]
    best = max(grids, key=_fit)
    return replace(best, pitch_x=_spread(best))


def default_view(n_layers: int, n_heads: int, n_tokens: int) -> View:
    """Return the token view, or the component view where there would be too many dots to read."""
    return "tokens" if n_layers * n_heads * n_tokens <= DOT_LIMIT else "components"


def possible_views(n_layers: int, n_heads: int, n_tokens: int, n_edges: int) -> tuple[View, ...]:
    """Return the views a browser can draw: always components, and tokens unless the graph is huge."""
    few = n_layers * (n_heads + 1) * n_tokens <= TOKEN_VIEW_DOTS and n_edges <= TOKEN_VIEW_EDGES
    return ("tokens", "components") if few else ("components",)


def _grid_columns(view: View, n_heads: int) -> range:
    """Return the widths a head grid may have: nearly square, or rows of at most 32 in the component view."""
    if view == "components":
        widest = math.ceil(n_heads / math.ceil(n_heads / 32))
        return range(widest, widest + 1)
    return range(math.ceil(math.sqrt(n_heads / 2)), math.floor(math.sqrt(n_heads * 3)) + 1)


def _fit(geometry: Geometry) -> float:
    """Return the scale at which the graph fits a panel, times the filled share of its head grid."""
    scale = min(
        _REFERENCE_WIDTH / (geometry.right - geometry.left),
        _REFERENCE_HEIGHT / (geometry.n_layers * geometry.row_height),
    )
    rows = math.ceil(geometry.n_heads / geometry.grid_columns)
    return scale * geometry.n_heads / (rows * geometry.grid_columns)


def _spread(geometry: Geometry) -> float:
    """Return the spacing of heads, wider where the graph would leave a panel's sides empty."""
    width = geometry.n_layers * geometry.row_height * _REFERENCE_WIDTH / _REFERENCE_HEIGHT
    pitch = (width / geometry.n_columns - _SPINE_MARGIN - _CELL_MARGIN) / geometry.grid_columns
    return min(max(pitch, _PITCH), _PITCH_LIMIT[geometry.view])
