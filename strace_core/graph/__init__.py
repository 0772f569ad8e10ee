"""The computation graph: number its edges and score them."""
