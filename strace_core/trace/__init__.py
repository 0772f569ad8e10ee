"""One order of the edges: best-first growth and the baselines."""
