"""Glossary of dimensions, and the named types of numpy arrays built from them.

Dimension names used in every annotation:

- ``token``: positions in the traced context, T of them; ``source`` and ``target`` are the token axes of a pattern
- ``head``: query heads of one block, H of them; ``layer``: blocks, L of them
- ``d_model``, ``d_head``, ``d_vocab``: widths of the residual stream, of one head, and of the vocabulary
- ``batch``: subgraphs run side by side; ``size``: rows of a curve
- ``edge``: reachable edges of the computation graph in the order of :class:`~strace_core.graph.layout.EdgeLayout`
- ``node``: nodes of the computation graph

Activations are torch tensors on the model's device, with types in :mod:`strace_core.model.tensors`; everything about
edges is a numpy array, with the types below.
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
