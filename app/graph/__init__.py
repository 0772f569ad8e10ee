"""The graph: where everything is drawn, what the browser is sent, and the offline page."""
