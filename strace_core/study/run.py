"""Run a study: models x score rules x searches x prompts -> the tables in its folder."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby, product
from pathlib import Path

from strace_core.compatibility import check_model
from strace_core.errors import ModelError
from strace_core.model.spec import UNTRAINED
from strace_core.study.journal import Journal, open_journal
from strace_core.study.prompts import StudyPrompt, checked_prompts
from strace_core.study.rows import FinishedRun, RunKey
from strace_core.study.settings import StudySettings, versions
from strace_core.study.study import Study, load_study
from strace_core.study.tracing import Tracer

CHUNK = 16
"""Prompts that a worker is given at a time. Those of one length run together."""


@dataclass(frozen=True)
class Chunk:
    """Prompts for one worker with one model loaded."""

    model: str
    score: str
    search: str
    prompts: tuple[StudyPrompt, ...]


@dataclass(frozen=True)
class StudyProgress:
    """``done`` of ``total`` runs are finished, ``failed`` of them with an error. ``model`` is the one at work.

    ``per_minute`` is the rate since this process began, ``seconds_left`` what the rest takes at that rate.
    """

    done: int
    total: int
    failed: int
    model: str
    per_minute: float
    seconds_left: float


Runs = Generator[list[FinishedRun], None, None]

Engine = Callable[[StudySettings, Sequence[Chunk]], Runs]
"""Traces chunks, those of one model together, and yields runs as they are finished.

Closed, it lets go of all it holds.
"""


def trace_here(settings: StudySettings, chunks: Sequence[Chunk]) -> Runs:
    """The engine of one process: one model after the other, each loaded once."""
    for model, of_model in groupby(chunks, lambda chunk: chunk.model):
        tracer = Tracer.load(model, settings)
        for chunk in of_model:
            yield from tracer.trace(chunk.score, chunk.search, chunk.prompts)


def run_study(
    prompts: Sequence[StudyPrompt],
    settings: StudySettings,
    folder: str | Path,
    *,
    engine: Engine = trace_here,
    retry_failed: bool = False,
    on_progress: Callable[[StudyProgress], None] | None = None,
) -> Study:
    """Trace all prompts with all models, score rules and searches that are not in ``folder`` yet; the whole study.

    A prompt that cannot be traced becomes a run with its error, which is tried again only with ``retry_failed``. Runs
    are kept as they are finished, a group of prompts of like length at a time; an interrupted or killed study goes on
    from there when it is called again with the same arguments, and comes out the same. On an interrupt, and on any
    error, tables are written of what is there.

    Raises FileError for prompts with an id twice, and for a folder that cannot be used or that fills the disk;
    ModelError, before anything is run, for a model that is not supported.
    """
    prompts = checked_prompts(prompts, "the prompts given")
    _check_models(settings)
    place = Path(folder)
    with open_journal(place, settings.described(prompts), versions()) as journal:
        if retry_failed:
            journal.forget_failed()
        order = [
            (model, score, search, prompt.id)
            for model, score, search, prompt in product(settings.models, settings.scores, settings.searches, prompts)
        ]
        try:
            _run_missing(prompts, settings, journal, order, engine=engine, on_progress=on_progress or _unheard)
        finally:
            journal.write_tables(order)
    return load_study(place)


def _run_missing(
    prompts: Sequence[StudyPrompt],
    settings: StudySettings,
    journal: Journal,
    order: Sequence[RunKey],
    *,
    engine: Engine,
    on_progress: Callable[[StudyProgress], None],
) -> None:
    errors = journal.errors()
    chunks = list(_missing_chunks(prompts, settings, errors.keys()))
    done, failed = len(errors), sum(error is not None for error in errors.values())
    done_before, began = done, time.monotonic()
    with closing(engine(settings, chunks)) as finished:  # at once, where an interrupt's traceback would keep it
        for runs in finished:
            journal.add(runs)
            done += len(runs)
            failed += sum(run.error is not None for run in runs)
            rate = (done - done_before) / max(1e-9, time.monotonic() - began)
            on_progress(StudyProgress(done, len(order), failed, runs[0].key[0], 60 * rate, (len(order) - done) / rate))


def _missing_chunks(
    prompts: Sequence[StudyPrompt], settings: StudySettings, finished: Iterable[RunKey]
) -> Iterator[Chunk]:
    """What is not finished. Which prompts share a chunk does not depend on it: the numbers would, in the last digit."""
    is_finished = set(finished)
    by_length = sorted(prompts, key=lambda prompt: len(prompt.text))
    starts = range(0, len(prompts), CHUNK)
    for model, score, search, start in product(settings.models, settings.scores, settings.searches, starts):
        asked = by_length[start : start + CHUNK]
        if missing := tuple(p for p in asked if (model, score, search, p.id) not in is_finished):
            yield Chunk(model, score, search, missing)


def _check_models(settings: StudySettings) -> None:
    for name in settings.models:
        verdict = check_model(name.removesuffix(UNTRAINED))
        if not verdict.is_supported:
            raise ModelError(f"{name!r} is not supported: {verdict.reason}")


def _unheard(progress: StudyProgress) -> None:
    """The callback of a caller who gave none."""
