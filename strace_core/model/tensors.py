"""Named types of torch tensors; :mod:`strace_core.shapes` is the glossary of their dimensions.

They stand apart because what reads a saved result needs the types of arrays and must not wait for torch.
"""

from jaxtyping import Bool, Float
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
"""Into a block: one state a prompt at the first block, for all its subgraphs; one a subgraph after it."""
BatchedPattern = Float[Tensor, "batch head target source"]
TokenMask = Bool[Tensor, "batch token"]
