"""What a study computes, and with which programs."""

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
"""Whose versions decide what comes out."""


@dataclass(frozen=True)
class StudySettings:
    """The same for all prompts of a study.

    ``models`` are names as ``load_model`` takes them; one that ends in ``:untrained`` is the model with fresh weights,
    drawn with ``seed``. ``searches`` are those of ``trace_prompt``, the guided one with ``effort``. ``sizes`` are a
    grid's name or sizes as ``trace_prompt`` takes them, to which the empty and the whole graph are added.
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
        for field in ("models", "scores", "searches", "baselines"):
            values = getattr(self, field)
            if len(set(values)) < len(values):
                raise SettingError(f"{field} = {list(values)} names one twice; name each once.")
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
            raise SettingError(f"sizes = {self.sizes!r} is no grid; use 'paper', 'dense' or a sequence of numbers.")
        if not isinstance(self.sizes, str):
            resolve_sizes([size for size in self.sizes if isinstance(size, float)] or [0], 1)

    @property
    def size_request(self) -> SizeRequest:
        """The sizes to ask a trace for."""
        if self.sizes == "paper":
            return "paper"
        return "dense" if isinstance(self.sizes, str) else (0, *self.sizes, 1.0)

    def described(self, prompts: Sequence[StudyPrompt]) -> dict[str, Any]:
        """The settings as JSON holds them, with the number of prompts and a digest of them."""
        digest = hashlib.sha256(json.dumps([asdict(prompt) for prompt in prompts]).encode()).hexdigest()
        own = json.loads(json.dumps(asdict(self)))
        return {**own, "n_prompts": len(prompts), "prompts": digest[:16]}


def versions() -> dict[str, str]:
    """Versions of Python and of the packages whose numbers a study holds."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}
