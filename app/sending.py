"""The end of a run of the whole page."""

import time

SENDING_SECONDS = 0.02
"""Longer than Streamlit keeps messages before it sends them."""


def let_the_page_arrive() -> None:
    """Wait until the browser has been sent what this run drew. Call it last.

    Where an event of a fragment is waiting, the fragment runs again at once, and Streamlit drops what the run before
    drew of it and has not sent yet; the browser then takes that part of the page for gone, with all that was typed or
    zoomed there.
    """
    time.sleep(SENDING_SECONDS)
