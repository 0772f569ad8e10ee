"""The charts of the explorer, one module a picture, without Streamlit.

Each module has the same four functions: ``draw`` returns the ``Drawing``, made of ``frame`` (its rows), ``spec`` (its
Vega-Lite specification) and ``alt_text`` (the picture in words).
"""
