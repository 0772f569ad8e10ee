from .analyses.agreement import model_agreement
from .analyses.bootstrap import Bootstrap, Estimate
from .analyses.claims import claims
from .analyses.correlates import density_by_group, density_correlates, run_densities
from .analyses.curves import reconstruction_curve, structural_marks
from .analyses.half_fall import half_fall
from .analyses.makeup import share_by_depth, share_by_kind
from .analyses.phases import FALL_STAGES, fall_by_stage, trained_against_untrained
from .analyses.recovery import size_by_criterion
from .analyses.reuse import component_use, gini, lorenz
from .analyses.searches import run_gains, search_gain
from .analyses.twins import is_untrained, twin
from .analyses.unigram import unigram_closeness
from .prompts import StudyPrompt, read_prompts
from .ray_cluster import ray_engine
from .rows import FinishedRun
from .run import Chunk, Engine, StudyProgress, local_engine, run_study
from .settings import StudySettings
from .study import Study, load_study

__all__ = [
    "FALL_STAGES",
    "Bootstrap",
    "Chunk",
    "Engine",
    "Estimate",
    "FinishedRun",
    "Study",
    "StudyProgress",
    "StudyPrompt",
    "StudySettings",
    "claims",
    "component_use",
    "density_by_group",
    "density_correlates",
    "fall_by_stage",
    "gini",
    "half_fall",
    "is_untrained",
    "load_study",
    "local_engine",
    "lorenz",
    "model_agreement",
    "ray_engine",
    "read_prompts",
    "reconstruction_curve",
    "run_densities",
    "run_gains",
    "run_study",
    "search_gain",
    "share_by_depth",
    "share_by_kind",
    "size_by_criterion",
    "structural_marks",
    "trained_against_untrained",
    "twin",
    "unigram_closeness",
]
