"""Named types of torch tensors; :mod:`strace_core.shapes` explains their dimensions.

They are separate from the array types so that opening a saved result does not import torch.
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

# The same for many subgraphs
BatchedResid = Float[Tensor, "batch token d_model"]
GivenResid = Float[Tensor, "given token d_model"]
"""Input of a block: one state per prompt, shared by its subgraphs, at the first block; then one per subgraph."""
BatchedPattern = Float[Tensor, "batch head target source"]
TokenMask = Bool[Tensor, "batch token"]
