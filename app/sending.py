"""The end of a run of the whole page."""

import time

SENDING_SECONDS = 0.02
"""Longer than Streamlit holds messages back before it sends them."""


def let_the_page_arrive() -> None:
    """Wait until the browser has been sent everything this run drew. Call it last.

    If an event of a fragment is pending, the fragment reruns at once, and Streamlit drops whatever the last run drew of
    it but has not sent yet. The browser would then remove that part of the page, with anything typed or zoomed there.
    """
    time.sleep(SENDING_SECONDS)
