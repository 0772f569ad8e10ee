"""Run a study: trace every prompt with every model, score rule and search, and write the tables."""

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
"""Prompts handed to a worker at a time. Those of equal length are traced as one batch."""


@dataclass(frozen=True)
class Chunk:
    """Prompts to trace with one model, score rule and search: the unit of work of an engine."""

    model: str
    score: str
    search: str
    prompts: tuple[StudyPrompt, ...]


@dataclass(frozen=True)
class StudyProgress:
    """How far a study has got.

    Attributes:
        done: finished runs, earlier sessions included.
        total: runs in the study.
        failed: finished runs that ended in an error.
        model: the model now being traced.
        per_minute: runs per minute in this session.
        seconds_left: time the remaining runs take at that rate, in seconds.
    """

    done: int
    total: int
    failed: int
    model: str
    per_minute: float
    seconds_left: float


FinishedRuns = Generator[list[FinishedRun], None, None]

Engine = Callable[[StudySettings, Sequence[Chunk]], FinishedRuns]
"""Traces chunks, one model at a time, and yields runs as they finish. Closing the generator releases its resources."""


def local_engine(settings: StudySettings, chunks: Sequence[Chunk]) -> FinishedRuns:
    """Trace chunks in this process: one model at a time, each loaded once."""
    for model, of_model in groupby(chunks, lambda chunk: chunk.model):
        tracer = Tracer.load(model, settings)
        for chunk in of_model:
            yield from tracer.trace(chunk.score, chunk.search, chunk.prompts)


def run_study(
    prompts: Sequence[StudyPrompt],
    settings: StudySettings,
    folder: str | Path,
    *,
    engine: Engine = local_engine,
    retry_failed: bool = False,
    on_progress: Callable[[StudyProgress], None] | None = None,
) -> Study:
    """Trace every prompt with every model, score rule and search, and return the study.

    Runs that are already in ``folder`` are not repeated. Results are saved as they finish, one batch of equally long
    prompts at a time, so an interrupted or killed study resumes where it stopped when it is called again with the same
    arguments, and gives the same numbers. The tables are written at the end, and also on an interrupt or an error.

    Args:
        prompts: prompts with unique ids.
        settings: what to compute.
        folder: an empty or new folder, or one that holds this study.
        engine: where to trace: in this process, or with ``ray_engine`` on a cluster.
        retry_failed: retry prompts that failed earlier; without it they stay as runs with an ``error``.
        on_progress: called after each batch. An exception it raises stops the study.

    Raises:
        FileError: an id occurs twice, or the folder cannot be used or the disk is full.
        ModelError: a model is not supported; raised before anything runs.
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
            _run_missing(
                prompts, settings, journal, order, engine=engine, on_progress=on_progress or (lambda progress: None)
            )
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
    with closing(engine(settings, chunks)) as finished:  # now; an interrupt's traceback would keep it alive
        for runs in finished:
            journal.add(runs)
            done += len(runs)
            failed += sum(run.error is not None for run in runs)
            rate = (done - done_before) / max(1e-9, time.monotonic() - began)
            on_progress(StudyProgress(done, len(order), failed, runs[0].key[0], 60 * rate, (len(order) - done) / rate))


def _missing_chunks(
    prompts: Sequence[StudyPrompt], settings: StudySettings, finished: Iterable[RunKey]
) -> Iterator[Chunk]:
    """Chunks of unfinished runs.

    Chunk boundaries ignore what is finished: batching changes the last digits, and a resumed study must match.
    """
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
