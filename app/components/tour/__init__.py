"""A guided tour of the page: a card that moves from one part to the next."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..served import ServedComponent, asset


@dataclass(frozen=True)
class Step:
    """One stop of the tour.

    Attributes:
        title: A heading.
        body: A few plain sentences.
        target: The CSS selector of the element they describe. " >>> " leads from an element into its shadow root,
            where a component keeps its own elements. If it is empty or matches nothing, the card stays in the corner.
    """

    title: str
    body: str
    target: str = ""


def tour(steps: Sequence[Step], *, opened: int, key: str, large: bool = False) -> None:
    """Mount the tour.

    Args:
        steps: Its stops, in order.
        opened: How often the reader has asked for it. The tour opens whenever this number grows, and by itself on a
            browser's first visit.
        key: The widget's key.
        large: Use large type, for presentations.
    """
    _TOUR(
        key=key,
        data={
            "steps": [{"title": step.title, "body": step.body, "target": step.target} for step in steps],
            "opened": opened,
            "large": large,
        },
        height=1,
    )


_TOUR = ServedComponent(
    "tour",
    script="tour/web/tour.js",
    html=asset("tour/web/tour.html"),
    css=asset("tour/web/tour.css"),
)
