"""The tour of the page: it opens on a browser's first visit, and from the sidebar."""

from ..components.tour import Step, tour

STEPS = (
    Step(
        "What this page shows",
        "A language model predicts the next token. This page shows how little of the model that prediction takes, and "
        "which parts.",
    ),
    Step(
        "The prompt",
        "Type a text and press Enter. Its tokens appear below the box. Click one to trace the prediction made after "
        "it.",
        ".st-key-prompt-bar [data-testid=stBidiComponentIsolated] >>> .ask",
    ),
    Step(
        "The graph",
        "Columns are tokens and rows are blocks, from bottom to top. Dots are attention heads, squares are MLPs, and "
        "the green lines are the residual stream. Filled parts belong to the subgraph.",
        ".st-key-graph [data-testid=stBidiComponentIsolated] >>> .stage",
    ),
    Step(
        "The size",
        "Drag the slider to grow the subgraph. It starts at the prediction and adds the highest-scoring edge first. "
        "The line below shows what this subgraph predicts on its own.",
        ".st-key-graph [data-testid=stBidiComponentIsolated] >>> .size",
    ),
    Step(
        "Is it the same prediction?",
        "The bars compare the subgraph's prediction with the full model's. The curve shows how the distance between "
        "them shrinks as edges are added. Click the curve to go to a size.",
        ".st-key-curve",
    ),
    Step(
        "Look closer",
        "Click a head, an MLP or a point of the residual stream to inspect it. The tabs below show which layers become "
        "active at which size, compare prompts or models, and measure a whole text token by token.",
        ".st-key-panel",
    ),
)


def welcome(tours: int, *, large: bool) -> None:
    """Mount the tour; ``tours`` counts how often the visitor has asked for it."""
    tour(STEPS, opened=tours, key="tour", large=large)
