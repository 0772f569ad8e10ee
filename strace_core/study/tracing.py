"""Trace a chunk of prompts with one model: the work of a study's worker, local or on a cluster."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from strace_core.errors import StraceError
from strace_core.model.loaded import LoadedModel
from strace_core.model.loading import load_model, untrained_model
from strace_core.model.spec import UNTRAINED
from strace_core.pipeline.arguments import tokenize
from strace_core.pipeline.batch import trace_prompts
from strace_core.prompt import token_of_text
from strace_core.study.prompts import StudyPrompt
from strace_core.study.rows import FinishedRun, failed_run, traced_run
from strace_core.study.settings import StudySettings
from strace_core.study.unigrams import Unigrams, unigrams_of

FAILURES = (StraceError, RuntimeError, MemoryError)
"""Errors that fail a prompt without ending the study; a GPU out of memory raises RuntimeError."""


@dataclass(frozen=True, eq=False)
class Tracer:
    """A loaded model and a study's settings, ready to trace prompts.

    Attributes:
        name: the model's name in the study.
        model: the loaded model.
        settings: the study's settings.
        unigrams: the model's token counts, if it has any.
    """

    name: str
    model: LoadedModel
    settings: StudySettings
    unigrams: Unigrams | None

    @classmethod
    def load(cls, name: str, settings: StudySettings) -> "Tracer":
        """Load a model of the study.

        Raises:
            ModelError: the model cannot be loaded.
            FileError: its token counts are damaged.
        """
        if name.endswith(UNTRAINED):
            model = untrained_model(
                name.removesuffix(UNTRAINED), seed=settings.seed, device=settings.device, dtype=settings.dtype
            )
        else:
            model = load_model(name, device=settings.device, dtype=settings.dtype)
        return cls(name, model, settings, unigrams_of(name, model.spec.d_vocab))

    def trace(self, score: str, search: str, prompts: Sequence[StudyPrompt]) -> Iterator[list[FinishedRun]]:
        """Trace prompts and yield their runs, one batch of equally long prompts at a time.

        Batches depend on the prompts alone, so the same chunk always gives the same numbers.
        """
        by_length: dict[int, list[StudyPrompt]] = defaultdict(list)
        for prompt in prompts:
            try:
                by_length[len(tokenize(self.model, prompt.text))].append(prompt)
            except FAILURES as error:
                yield [failed_run(prompt, self.name, score, search, error)]
        for group in by_length.values():
            yield self._together(score, search, group)

    def _together(self, score: str, search: str, group: Sequence[StudyPrompt]) -> list[FinishedRun]:
        """Trace prompts of one length as a batch; if the batch fails, trace each prompt alone."""
        try:
            results = trace_prompts(
                self.model,
                [prompt.text for prompt in group],
                score=score,
                search=search,
                effort=self.settings.effort,
                sizes=self.settings.size_request,
                baselines=self.settings.baselines,
                targets=[self._target(prompt) for prompt in group],
                seed=self.settings.seed,
            )
        except FAILURES as error:
            if len(group) == 1:
                return [failed_run(group[0], self.name, score, search, error)]
            return [run for prompt in group for run in self._together(score, search, [prompt])]
        return [
            traced_run(prompt, self.name, result, self.unigrams) for prompt, result in zip(group, results, strict=True)
        ]

    def _target(self, prompt: StudyPrompt) -> int | None:
        """The target's token id; None unless the target is a single token of this model."""
        if prompt.target is None:
            return None
        try:
            return token_of_text(prompt.target, self.model.tokenizer)
        except StraceError:
            return None
