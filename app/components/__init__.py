"""Streamlit components with a browser side of their own: one folder each, their ES modules in `web/`."""
