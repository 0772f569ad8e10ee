"""Run subgraphs and measure how close their output is to the full model's."""
