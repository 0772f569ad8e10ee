"""Computation on behalf of the page: cache, shared work, loading, pace, studies."""
