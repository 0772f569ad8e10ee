"""The computation graph: its edges by number, and their scores."""
