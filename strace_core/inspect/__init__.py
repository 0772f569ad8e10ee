"""Inspect single nodes and components of a trace: heads, MLPs and states."""
