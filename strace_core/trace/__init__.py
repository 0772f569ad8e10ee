"""Traces: orders of the edges, best-first growth, and baselines."""
