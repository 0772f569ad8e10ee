"""s-Trace: how little of a language model's computation graph it takes to make a prediction.

from strace_core import load_model, trace_prompt
result = trace_prompt(load_model("demo-llama"), "The capital of France is")
result.curve, result.edges, result.subgraph(200)
"""

import lazy_loader

# The stub beside this file says which names there are and which module each is of. That module is imported when the
# name is first asked for: a saved result opens without torch and transformers, which take seconds to import.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
