"""Guided search: an order of the edges whose subgraphs rebuild the output with fewer of them. See docs/search.md."""
