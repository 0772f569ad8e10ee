"""Running subgraphs, and measuring how well they reconstruct the full model's output."""
