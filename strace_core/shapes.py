"""Glossary of dimensions, and the named array types built from them.

Dimension names used in every annotation:

- ``token``: positions in the traced context, T of them; ``source`` and ``target`` are the token axes of a pattern
- ``head``: query heads of one block, H of them; ``layer``: blocks, L of them
- ``d_model``, ``d_head``, ``d_vocab``: widths of the residual stream, of one head, and of the vocabulary
- ``batch``: subgraphs run side by side; ``size``: rows of a curve
- ``edge``: reachable edges of the computation graph in the order of :class:`~strace_core.graph.layout.EdgeLayout`
- ``node``: nodes of the computation graph

Activations are torch tensors on the model's device; everything about edges is a numpy array.
"""

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int, Shaped
from torch import Tensor

# Activations of one prompt, one block
Resid = Float[Tensor, "token d_model"]
Pattern = Float[Tensor, "head target source"]
Values = Float[Tensor, "head source d_head"]
OutputWeight = Float[Tensor, "head d_head d_model"]
HeadVectors = Float[Tensor, "source d_model"]
TargetScale = Float[Tensor, "target"]

# The same, many subgraphs side by side
BatchedResid = Float[Tensor, "batch token d_model"]
GivenResid = Float[Tensor, "given token d_model"]
"""Into a block: one state for all subgraphs at the first block, one a subgraph after it."""
BatchedPattern = Float[Tensor, "batch head target source"]
TokenMask = Bool[Tensor, "batch token"]

# The graph
EdgeScores = Float[np.ndarray, "edge"]
EdgeOrder = Int[np.ndarray, "edge"]
EdgeColumn = Shaped[np.ndarray, "edge"]
Sizes = Int[np.ndarray, "size"]

# Outputs
Logits = Float32[np.ndarray, "d_vocab"]
SizeLogits = Float32[np.ndarray, "size d_vocab"]
Distribution = Float64[np.ndarray, "d_vocab"]
