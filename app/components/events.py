"""Events of components that Streamlit must know of."""


def ignore() -> None:
    """Declare an event to Streamlit without a callback."""
