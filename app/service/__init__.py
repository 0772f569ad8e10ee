"""What computes for the page: cache, shared work, loading, pace, studies."""
