"""A study: many prompts through some models, one table of results, and what the paper claims about such tables."""
