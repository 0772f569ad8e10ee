"""trace_prompts: traces of many prompts; those of one length run together.

A trace of a short prompt spends most of its time on calls, not on arithmetic. One forward pass over the subgraphs of
several prompts, or of a trace and its baselines, makes as many calls as a pass over one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from strace_core.evaluate.masked_forward import batch_size
from strace_core.evaluate.sizes import SizeRequest, resolve_sizes
from strace_core.graph.layout import EdgeLayout
from strace_core.model.loaded import LoadedModel
from strace_core.pipeline import stages
from strace_core.pipeline.arguments import (
    checked_baselines,
    checked_prompts,
    checked_settings,
    checked_targets,
    edge_layout,
    tokenize,
)
from strace_core.pipeline.baselines import with_baselines
from strace_core.pipeline.trace import check_trace_fits
from strace_core.progress import OnProgress, Progress, ignore_progress
from strace_core.prompt import Prompt
from strace_core.result import TraceResult, TraceSettings
from strace_core.search import SEARCHES
from strace_core.shapes import Sizes
from strace_core.trace.trace import BEST_FIRST

MAX_EDGES_TOGETHER = 2**22
"""Edges of all orders that run together (48 MiB of their ranks and scores)."""

MAX_LOGITS_TOGETHER = 2**25
"""Logits of all subgraphs that run together (128 MiB, and as much again while the model returns them)."""


def trace_prompts(
    model: LoadedModel,
    prompts: Sequence[str | Sequence[int]],
    *,
    score: str = "l1",
    search: str = BEST_FIRST,
    effort: float = 1.0,
    sizes: SizeRequest = None,
    baselines: Sequence[str] = (),
    targets: Sequence[int | str | None] | None = None,
    seed: int = 0,
    on_progress: OnProgress | None = None,
) -> list[TraceResult]:
    """Trace the next-token prediction after each of several prompts; results in the order of the prompts.

    Each result is what ``trace_prompt`` gives for the same arguments, up to rounding. Prompts of one length run
    together, which is faster where they are short. The same list gives the same results, bit for bit.

    Args:
        model: The model.
        prompts: Texts or token ids.
        score: As in ``trace_prompt``, and so are ``search``, ``effort``, ``sizes``, ``baselines`` and ``seed``.
        search: See ``score``.
        effort: See ``score``.
        sizes: See ``score``.
        baselines: See ``score``.
        targets: One target per prompt, or None.
        seed: See ``score``.
        on_progress: Receives the number of finished prompts, as stage "prompts", before each block of each run. An
            exception it raises stops the work.

    Raises:
        StraceError: Whatever ``trace_prompt`` raises. A mistake in any prompt is reported before the first is traced.
    """
    compared, report = checked_baselines(baselines), on_progress or ignore_progress
    read = [tokenize(model, prompt) for prompt in checked_prompts(prompts)]
    of_prompts = checked_targets(targets, len(read))
    settings = [checked_settings(model, score, seed, target, search, effort) for target in of_prompts]
    found: dict[int, TraceResult] = {}
    for group in list(_groups(model, read, settings, sizes, len(compared))):
        go_on = _Repeated(report, Progress("prompts", len(found), len(read)))
        asked = [(read[place], settings[place]) for place in group.places]
        found |= zip(group.places, _traced(model, group, asked, compared, go_on), strict=True)
        report(Progress("prompts", len(found), len(read)))
    return [found[place] for place in range(len(read))]


@dataclass(frozen=True)
class _Repeated:
    """Reports the same progress, whatever it is called with."""

    report: OnProgress
    progress: Progress

    def __call__(self, instead: object) -> None:
        self.report(self.progress)


@dataclass(frozen=True, eq=False)
class _Group:
    """Prompts of one length that run together, by their places in the list.

    ``shares_passes`` tells whether baselines run in the same forward passes; with long prompts one order fills a pass.
    """

    layout: EdgeLayout
    sizes: Sizes
    places: Sequence[int]
    shares_passes: bool


def _groups(
    model: LoadedModel,
    prompts: Sequence[Prompt],
    settings: Sequence[TraceSettings],
    sizes: SizeRequest,
    n_baselines: int,
) -> Iterator[_Group]:
    """All prompts, one length after the other. Raises PromptError and SizeError."""
    by_length: dict[int, list[int]] = {}
    for place, prompt in enumerate(prompts):
        by_length.setdefault(len(prompt), []).append(place)
    for n_tokens, places in by_length.items():
        layout, of_group = edge_layout(model, n_tokens), settings[places[0]]
        counts = resolve_sizes(sizes, layout.n_edges)
        n_fitting = _n_together(model, layout, len(stages.evaluated_sizes(of_group, layout.n_edges, counts)))
        n_candidates = SEARCHES[of_group.search].n_candidates
        n_orders = n_candidates if n_candidates > 1 else 1 + n_baselines
        n_prompts = max(1, n_fitting // n_orders)
        n_runs = n_prompts * n_orders if n_fitting > 1 else 1
        check_trace_fits(model, of_group, layout, len(counts), n_runs=n_runs)
        for start in range(0, len(places), n_prompts):
            chosen = places[start : start + n_prompts]
            yield _Group(layout, counts, chosen, shares_passes=n_candidates == 1 and n_fitting > 1)


def _n_together(model: LoadedModel, layout: EdgeLayout, n_sizes: int) -> int:
    """How many orders, run at ``n_sizes`` sizes each, fill a forward pass; at least 1.

    It does not depend on the memory that happens to be free, so that the same list gives the same results.
    """
    return max(
        1,
        min(
            batch_size(layout.n_heads, layout.n_tokens) // n_sizes,
            MAX_EDGES_TOGETHER // layout.n_edges,
            MAX_LOGITS_TOGETHER // (n_sizes * model.spec.d_vocab),
        ),
    )


def _traced(
    model: LoadedModel,
    group: _Group,
    asked: Sequence[tuple[Prompt, TraceSettings]],
    baselines: Sequence[str],
    go_on: _Repeated,
) -> list[TraceResult]:
    """The traces of a group: captured, scored and searched one by one, evaluated together."""
    searched = []
    for prompt, settings in asked:
        activations = stages.capture(model, prompt, go_on).activations
        graph = stages.score(model, activations, prompt, group.layout, settings=settings, report=go_on)
        del activations
        searched.append(stages.search(model, graph, settings, go_on))
    together = baselines if group.shares_passes else ()
    results = stages.evaluate(model, searched, group.sizes, go_on, baselines=together)
    return [with_baselines(model, result, baselines, on_progress=go_on) for result in results]
