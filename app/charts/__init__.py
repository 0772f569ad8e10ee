"""The charts of the explorer, one module a picture. Pure functions, without Streamlit."""
