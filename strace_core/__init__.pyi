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
from .evaluate.predictions import token_predictions
from .evaluate.sizes import PAPER_FRACTIONS
from .evaluate.text_density import PositionDensity, text_density
from .graph.layout import KINDS
from .graph.scores import SCORE_RULES
from .inspect.components import HeadDetail, MlpDetail, inspect_head, inspect_mlp
from .inspect.states import StateDetail, inspect_state
from .model.bundled import bundled_models
from .model.capture import Capture
from .model.loaded import LoadedModel, wrap_model
from .model.loading import load_model
from .model.self_check import SelfCheck, self_check
from .model.spec import ModelSpec
from .pipeline import capture_prompt, edge_layout, tokenize, trace_prompt, with_baselines
from .progress import Progress
from .prompt import Prompt
from .result import TraceResult, TraceSettings
from .serialise.decode import decode_result
from .serialise.encode import encode_result
from .serialise.files import load_result, save_result
from .study.analyses.agreement import model_agreement
from .study.analyses.bootstrap import Bootstrap
from .study.analyses.claims import claims
from .study.analyses.correlates import density_by_group, density_correlates, run_densities
from .study.analyses.curves import reconstruction_curve, structural_marks
from .study.analyses.half_fall import half_fall
from .study.analyses.makeup import share_by_depth, share_by_kind
from .study.analyses.phases import fall_by_stage, trained_against_untrained
from .study.analyses.recovery import size_by_criterion
from .study.analyses.reuse import component_use, gini, lorenz
from .study.analyses.searches import run_gains, search_gain
from .study.analyses.twins import is_untrained, twin
from .study.analyses.unigram import unigram_closeness
from .study.study import Study, load_study
from .support import Verdict, check_model, support_table
from .together import trace_prompts
from .trace.baselines import BASELINES
from .trace.searches import SEARCHES

__all__ = [
    "BASELINES",
    "Bootstrap",
    "Capture",
    "FileError",
    "KINDS",
    "PAPER_FRACTIONS",
    "SCORE_RULES",
    "SEARCHES",
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
    "Study",
    "TraceCost",
    "TraceResult",
    "TraceSettings",
    "Verdict",
    "bundled_models",
    "capture_prompt",
    "check_model",
    "claims",
    "component_use",
    "decode_result",
    "density_by_group",
    "density_correlates",
    "edge_layout",
    "encode_result",
    "fall_by_stage",
    "gini",
    "half_fall",
    "inspect_head",
    "inspect_mlp",
    "inspect_state",
    "is_untrained",
    "load_model",
    "load_result",
    "load_study",
    "lorenz",
    "model_agreement",
    "reconstruction_curve",
    "run_densities",
    "run_gains",
    "save_result",
    "search_gain",
    "self_check",
    "share_by_depth",
    "share_by_kind",
    "size_by_criterion",
    "structural_marks",
    "support_table",
    "text_density",
    "token_predictions",
    "tokenize",
    "trace_cost",
    "trace_prompt",
    "trace_prompts",
    "trained_against_untrained",
    "twin",
    "unigram_closeness",
    "with_baselines",
    "wrap_model",
]
