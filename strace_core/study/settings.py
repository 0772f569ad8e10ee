"""What a study computes, and with which package versions."""

import hashlib
import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

from strace_core.errors import SettingError
from strace_core.evaluate.sizes import SizeRequest, resolve_sizes
from strace_core.graph.scores import score_rule
from strace_core.pipeline.arguments import checked_effort, checked_search
from strace_core.study.prompts import StudyPrompt
from strace_core.study.schema import STUDY_BASELINES
from strace_core.trace.trace import BEST_FIRST

PACKAGES = ("strace-explorer", "torch", "transformers", "numpy", "numba")
"""Packages whose versions can change a study's numbers."""


@dataclass(frozen=True)
class StudySettings:
    """Settings shared by all prompts of a study.

    Attributes:
        models: names as ``load_model`` takes them; ``NAME:untrained`` is the same architecture, randomly initialised
            with ``seed``.
        scores: names of score rules.
        searches: names of searches, as in ``trace_prompt``.
        sizes: "paper", "dense", or sizes as ``trace_prompt`` takes them; the empty and the full graph are added.
        baselines: any of ``random``, ``backbone`` and ``complement``.
        effort: guided-search effort; 1 is the default.
        seed: seed of random score rules, baselines and untrained weights.
        device: torch device, or "auto".
        dtype: torch dtype, or "auto".

    Raises:
        SettingError: a value is unknown, missing or repeated.
        SizeError: a size is out of range.
    """

    models: tuple[str, ...]
    scores: tuple[str, ...] = ("l1",)
    searches: tuple[str, ...] = (BEST_FIRST,)
    sizes: str | tuple[int | float, ...] = "paper"
    baselines: tuple[str, ...] = STUDY_BASELINES
    effort: float = 1.0
    seed: int = 0
    device: str = "auto"
    dtype: str = "auto"

    def __post_init__(self) -> None:
        """Check every field."""
        for field in ("models", "scores", "searches", "baselines"):
            values = getattr(self, field)
            if len(set(values)) < len(values):
                raise SettingError(f"{field} = {list(values)} lists a name twice; list each once.")
        if not self.models or not self.scores or not self.searches:
            raise SettingError("a study needs at least one model, one score rule and one search.")
        for score in self.scores:
            score_rule(score)
        for search in self.searches:
            checked_search(search)
        checked_effort(self.effort)
        for name in self.baselines:
            if name not in STUDY_BASELINES:
                raise SettingError(f"there is no baseline {name!r}; choose one of {', '.join(STUDY_BASELINES)}.")
        if isinstance(self.sizes, str) and self.sizes not in ("paper", "dense"):
            raise SettingError(
                f"sizes = {self.sizes!r} is not a grid of sizes; use 'paper', 'dense' or a sequence of numbers."
            )
        if not isinstance(self.sizes, str):
            resolve_sizes([size for size in self.sizes if isinstance(size, float)] or [0], 1)

    @property
    def size_request(self) -> SizeRequest:
        """The sizes in the form that ``trace_prompt`` takes."""
        if self.sizes == "paper":
            return "paper"
        return "dense" if isinstance(self.sizes, str) else (0, *self.sizes, 1.0)

    def described(self, prompts: Sequence[StudyPrompt]) -> dict[str, Any]:
        """Describe the study as JSON values: the settings, the number of prompts and a digest of them."""
        digest = hashlib.sha256(json.dumps([asdict(prompt) for prompt in prompts]).encode()).hexdigest()
        own = json.loads(json.dumps(asdict(self)))
        return {**own, "n_prompts": len(prompts), "prompts": digest[:16]}


def versions() -> dict[str, str]:
    """Versions of Python and of ``PACKAGES``."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}
