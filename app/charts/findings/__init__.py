"""The charts of the findings, one module a picture."""
