"""s-Trace: how little of a language model's computation graph it takes to make a prediction.

    from strace_core import load_model, trace_prompt
    result = trace_prompt(load_model("demo-llama"), "The capital of France is")
    result.curve, result.edges, result.subgraph(200)
"""

from strace_core.errors import (
    FileError,
    ModelError,
    NumericalError,
    PositionError,
    PromptError,
    SettingError,
    SizeError,
    StraceError,
)
from strace_core.evaluate.cost import TraceCost, trace_cost
from strace_core.evaluate.predictions import token_predictions
from strace_core.evaluate.sizes import PAPER_FRACTIONS
from strace_core.evaluate.text_density import PositionDensity, text_density
from strace_core.graph.layout import KINDS
from strace_core.graph.scores import SCORE_RULES
from strace_core.inspect.components import HeadDetail, MlpDetail, inspect_head, inspect_mlp
from strace_core.inspect.states import StateDetail, inspect_state
from strace_core.model.capture import Capture
from strace_core.model.loaded import LoadedModel, wrap_model
from strace_core.model.loading import load_model
from strace_core.model.self_check import SelfCheck, self_check
from strace_core.model.sources import bundled_models
from strace_core.model.spec import ModelSpec
from strace_core.pipeline import capture_prompt, edge_layout, tokenize, trace_prompt, with_baselines
from strace_core.progress import Progress
from strace_core.prompt import Prompt
from strace_core.result import TraceResult, TraceSettings
from strace_core.serialise.decode import decode_result
from strace_core.serialise.encode import encode_result
from strace_core.serialise.files import load_result, save_result
from strace_core.support import Verdict, check_model, support_table
from strace_core.trace.baselines import BASELINES

__all__ = [
    "BASELINES",
    "Capture",
    "FileError",
    "KINDS",
    "PAPER_FRACTIONS",
    "SCORE_RULES",
    "HeadDetail",
    "LoadedModel",
    "MlpDetail",
    "ModelError",
    "ModelSpec",
    "NumericalError",
    "PositionDensity",
    "PositionError",
    "Progress",
    "Prompt",
    "PromptError",
    "SelfCheck",
    "SettingError",
    "SizeError",
    "StateDetail",
    "StraceError",
    "TraceCost",
    "TraceResult",
    "TraceSettings",
    "Verdict",
    "bundled_models",
    "capture_prompt",
    "check_model",
    "decode_result",
    "edge_layout",
    "encode_result",
    "inspect_head",
    "inspect_mlp",
    "inspect_state",
    "load_model",
    "load_result",
    "save_result",
    "self_check",
    "support_table",
    "text_density",
    "token_predictions",
    "tokenize",
    "trace_cost",
    "trace_prompt",
    "with_baselines",
    "wrap_model",
]
