"""Where Streamlit may end a run: the visitor has asked for something else, or closed the tab."""

from streamlit.runtime.scriptrunner_utils.script_run_context import get_run_yield_check


def yield_to_streamlit() -> None:
    """End the calling thread's run, by an exception not to be caught, if Streamlit has asked for that.

    Streamlit checks for such requests whenever a run sends an element to the page. This makes the same check without
    sending anything. It takes a microsecond, so long computations can call it often. It does nothing in a thread that
    runs no page. A request from a fragment ends nothing; it waits until the run is over.
    """
    yield_if_asked = get_run_yield_check()
    if yield_if_asked is not None:
        yield_if_asked()
