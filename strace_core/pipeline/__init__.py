"""From a prompt to its result: capture, score, search, evaluate."""
