"""Where Streamlit may end a run: when the visitor asked for something else, or closed the tab."""

from streamlit.runtime.scriptrunner_utils.script_run_context import get_run_yield_check


def yield_to_streamlit() -> None:
    """End the run of the calling thread if Streamlit has asked for that, by an exception that is not to be caught.

    Streamlit looks for such requests whenever a run sends an element to the page. This asks the same question and sends
    nothing: it takes a microsecond, so a long computation can ask often. In a thread that runs no page it does nothing.
    A request by a fragment ends nothing; it waits for the run's end.
    """
    end_if_asked = get_run_yield_check()
    if end_if_asked is not None:
        end_if_asked()
