"""Dimension names, and the numpy array types built from them.

The annotations use these names:

- ``token``: a position of the traced context, T in all; ``source`` and ``target`` are the token axes of a pattern
- ``head``: a query head of one block, H in all; ``layer``: a block, L in all
- ``d_model``, ``d_head``, ``d_vocab``: width of the residual stream, width of a head, size of the vocabulary
- ``batch``: subgraphs that run in parallel; ``size``: rows of a curve
- ``edge``: edges of the computation graph, in the order of :class:`~strace_core.graph.layout.EdgeLayout`
- ``node``: nodes of the computation graph

Activations are torch tensors on the model's device; their types are in :mod:`strace_core.model.tensors`. Everything
indexed by edge is a numpy array, with the types below.
"""

import numpy as np
from jaxtyping import Float, Float32, Float64, Int, Shaped

# The graph
EdgeScores = Float[np.ndarray, "edge"]
EdgeOrder = Int[np.ndarray, "edge"]
EdgeColumn = Shaped[np.ndarray, "edge"]
Sizes = Int[np.ndarray, "size"]

# Outputs
Logits = Float32[np.ndarray, "d_vocab"]
SizeLogits = Float32[np.ndarray, "size d_vocab"]
Distribution = Float64[np.ndarray, "d_vocab"]
