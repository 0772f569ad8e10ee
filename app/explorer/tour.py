"""The tour of the page, which a browser's first visit is offered and the sidebar reopens."""

from ..components.tour import Step, tour

STEPS = (
    Step(
        "What this page shows",
        "A language model predicts the next token. Here you see how few of its parts are enough for that prediction, "
        "and which ones.",
        "",
    ),
    Step(
        "The prompt",
        "Type a text and press Enter. Below the box are its tokens: click one to look at the prediction made after it.",
        ".st-key-prompt-bar [data-testid=stBidiComponentIsolated] >>> .ask",
    ),
    Step(
        "The graph",
        "Columns are tokens, rows are the model's blocks, bottom up. Dots are attention heads, squares are MLPs, the "
        "green lines are the residual stream. What is filled takes part.",
        ".st-key-graph [data-testid=stBidiComponentIsolated] >>> .stage",
    ),
    Step(
        "The size",
        "Drag the slider: the subgraph grows from the prediction backwards, the heaviest edge first. Below it stands "
        "what that very subgraph predicts.",
        ".st-key-graph [data-testid=stBidiComponentIsolated] >>> .size",
    ),
    Step(
        "Is it the same prediction?",
        "The bars compare the subgraph's prediction with the full model's, and the curve shows how the distance falls "
        "as edges come in. Click the curve to go there.",
        ".st-key-curve",
    ),
    Step(
        "Look closer",
        "Click a head, an MLP or a point of the residual stream to see what it does. The tabs below show which blocks "
        "wake up when, compare two prompts or models, and colour a whole text.",
        ".st-key-panel",
    ),
)


def welcome(tours: int, *, large: bool) -> None:
    """Mount the tour; ``tours`` counts how often the visitor has asked for it."""
    tour(STEPS, opened=tours, key="tour", large=large)
