from . import study
from .compatibility import Verdict, check_model, support_table
from .errors import (
    FileError,
    ModelError,
    NumericalError,
    PositionError,
    PromptError,
    SettingError,
    SizeError,
    StraceError,
)
from .evaluate.cost import TraceCost, trace_cost
from .evaluate.density import Density
from .evaluate.predictions import token_predictions
from .evaluate.sizes import PAPER_FRACTIONS, SizeRequest
from .evaluate.text_density import PositionDensity, text_density
from .graph.layout import EdgeLayout
from .graph.scores import SCORE_RULES
from .inspect.components import HeadDetail, MlpDetail, inspect_head, inspect_mlp
from .inspect.states import StateDetail, inspect_state
from .kinds import KINDS
from .model.adapters import Adapter, BlockParts, RowwiseMLP
from .model.capture import Activations, BlockActivations, Capture
from .model.loaded import LoadedModel, wrap_model
from .model.loading import load_model
from .model.self_check import SelfCheck, self_check
from .model.sources.bundled import bundled_models
from .model.spec import ModelSpec
from .pipeline.arguments import edge_layout, tokenize
from .pipeline.baselines import with_baselines
from .pipeline.batch import trace_prompts
from .pipeline.trace import capture_prompt, trace_prompt
from .progress import OnProgress, Progress
from .prompt import Prompt
from .result import TraceResult, TraceSettings
from .search import SEARCHES
from .serialise.decode import decode_result
from .serialise.encode import encode_result
from .serialise.files import load_result, save_result
from .trace.baselines import BASELINES
from .trace.trace import Stretch, Trace
from .version import __version__

__all__ = [
    "BASELINES",
    "KINDS",
    "PAPER_FRACTIONS",
    "SCORE_RULES",
    "SEARCHES",
    "Activations",
    "Adapter",
    "BlockActivations",
    "BlockParts",
    "Capture",
    "Density",
    "EdgeLayout",
    "FileError",
    "HeadDetail",
    "LoadedModel",
    "MlpDetail",
    "ModelError",
    "ModelSpec",
    "NumericalError",
    "OnProgress",
    "PositionDensity",
    "PositionError",
    "Progress",
    "Prompt",
    "PromptError",
    "RowwiseMLP",
    "SelfCheck",
    "SettingError",
    "SizeError",
    "SizeRequest",
    "StateDetail",
    "StraceError",
    "Stretch",
    "Trace",
    "TraceCost",
    "TraceResult",
    "TraceSettings",
    "Verdict",
    "__version__",
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
    "study",
    "support_table",
    "text_density",
    "token_predictions",
    "tokenize",
    "trace_cost",
    "trace_prompt",
    "trace_prompts",
    "with_baselines",
    "wrap_model",
]
