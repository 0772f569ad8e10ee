"""s-Trace: how little of a language model's computation graph it takes to make a prediction.

from strace_core import load_model, trace_prompt
result = trace_prompt(load_model("demo-llama"), "The capital of France is")
result.curve, result.edges, result.subgraph(200)
"""

import lazy_loader

# __init__.pyi lists the public names and their modules. A module is imported when one of its names is first used, so
# that opening a saved result does not import torch and transformers, which takes seconds.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
