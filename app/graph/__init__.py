"""The graph: where everything is drawn, what is sent to the browser, and the offline page."""
