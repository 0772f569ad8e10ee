"""The parts of the page, one module each: what Streamlit shows of the views, and what answers to it."""
