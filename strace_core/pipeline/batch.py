"""trace_prompts: traces of many prompts, those of one length run together.

In a trace of a short prompt most time goes into the calls, not into what they compute. A forward pass that runs the
subgraphs of several prompts, or of a trace and its baselines, has as many calls as that of one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from strace_core.errors import PromptError, SettingError
from strace_core.evaluate.masked_forward import batch_size
from strace_core.evaluate.memory import check_fits
from strace_core.evaluate.reconstruction import reconstruct
from strace_core.evaluate.sizes import SizeRequest, resolve_sizes
from strace_core.graph.layout import EdgeLayout
from strace_core.model.loaded import LoadedModel
from strace_core.pipeline.grown import beside, compared_baseline, grow
from strace_core.pipeline.searched import searched
from strace_core.pipeline.trace import (
    captured,
    checked_baselines,
    checked_settings,
    edge_layout,
    tokenize,
    with_baselines,
)
from strace_core.progress import OnProgress, Progress, ignore_progress
from strace_core.prompt import Prompt
from strace_core.result import TraceResult, TraceSettings
from strace_core.shapes import Sizes
from strace_core.trace.searches import BEST_FIRST, GUIDED

MAX_EDGES_TOGETHER = 2**22
"""Edges of all orders that are run together (48 MiB of their ranks and scores)."""

MAX_LOGITS_TOGETHER = 2**25
"""Logits of all subgraphs that are run together (128 MiB, and as much again while they come out of the model)."""


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
    """Trace the next-token prediction after each of ``prompts``, text or token ids; results in their order.

    Each is what ``trace_prompt`` gives for the same arguments, its numbers equal up to rounding; prompts of the same
    number of tokens are run together, which takes less time where they are short. ``targets`` has one target a prompt.
    The same list gives the same results, bit for bit. Progress counts finished prompts, as stage "prompts"; it is
    reported before each block of each run, and an exception raised there stops the work.

    Raises what ``trace_prompt`` raises, for mistakes in any of the prompts before the first is traced.
    """
    compared, report = checked_baselines(baselines), on_progress or ignore_progress
    read = [tokenize(model, prompt) for prompt in _several(prompts)]
    of_prompts = _targets(targets, len(read))
    settings = [checked_settings(model, score, seed, target, search, effort) for target in of_prompts]
    found: dict[int, TraceResult] = {}
    for group in list(_groups(model, read, sizes, len(compared) + 1, search)):
        go_on = _Repeated(report, Progress("prompts", len(found), len(read)))
        asked = [(read[place], settings[place]) for place in group.places]
        found |= zip(group.places, _traced(model, group, asked, compared, go_on), strict=True)
        report(Progress("prompts", len(found), len(read)))
    return [found[place] for place in range(len(read))]


@dataclass(frozen=True)
class _Repeated:
    """Whatever is reported, reports the same."""

    report: OnProgress
    progress: Progress

    def __call__(self, instead: object) -> None:
        self.report(self.progress)


def _several(prompts: Sequence[str | Sequence[int]]) -> list[str | Sequence[int]]:
    """The prompts; raises PromptError for one alone."""
    if isinstance(prompts, str):
        raise PromptError(f"prompts = {prompts!r} is one prompt; give a list of them.")
    try:
        return list(prompts)
    except TypeError:
        raise PromptError(f"prompts = {prompts!r} is not a list of prompts.") from None


def _targets(targets: Sequence[int | str | None] | None, n_prompts: int) -> Sequence[int | str | None]:
    """A target or None for each prompt; raises SettingError for another number of them."""
    if targets is None:
        return [None] * n_prompts
    if isinstance(targets, str) or not isinstance(targets, Sequence):
        raise SettingError(f"targets = {targets!r} is not a list of tokens; give one a prompt, or None.")
    if len(targets) != n_prompts:
        raise SettingError(f"there are {len(targets)} targets for {n_prompts} prompts; give one a prompt, or None.")
    return targets


@dataclass(frozen=True, eq=False)
class _Group:
    """Prompts of one length that are run together, by their places in the list; ``n_runs`` counts their baselines."""

    layout: EdgeLayout
    sizes: Sizes
    places: Sequence[int]
    n_runs: int


def _groups(
    model: LoadedModel, prompts: Sequence[Prompt], sizes: SizeRequest, n_orders: int, search: str
) -> Iterator[_Group]:
    """All prompts, those of one length one after the other, with one layout. Raises PromptError and SizeError."""
    by_length: dict[int, list[int]] = {}
    for place, prompt in enumerate(prompts):
        by_length.setdefault(len(prompt), []).append(place)
    for n_tokens, places in by_length.items():
        layout = edge_layout(model, n_tokens)
        counts = resolve_sizes(sizes, layout.n_edges)
        n_runs = _n_together(model, layout, len(counts))
        n_prompts = max(1, n_runs // n_orders)
        n_together = n_prompts * n_orders if n_runs > 1 else 1
        check_fits(model, n_tokens, n_sizes=len(counts), n_runs=n_together, search=search)
        for start in range(0, len(places), n_prompts):
            yield _Group(layout, counts, places[start : start + n_prompts], n_runs)


def _n_together(model: LoadedModel, layout: EdgeLayout, n_sizes: int) -> int:
    """How many orders, run at so many sizes, fill a forward pass; 1 where one does, and they are run one by one.

    It does not depend on the memory that happens to be free: the same list is to give the same results.
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
    go_on: "_Repeated",
) -> list[TraceResult]:
    """The traces of a group, captured and grown one by one, and searched one by one where the search is guided."""
    grown = []
    for prompt, settings in asked:
        activations = captured(model, prompt, go_on).activations
        grown.append(grow(model, prompt, activations, group.layout, settings, go_on))
        del activations
    if any(settings.search == GUIDED for _, settings in asked):
        found = [searched(model, each, group.sizes, go_on) for each in grown]
        return [with_baselines(model, result, baselines, on_progress=go_on) for result in found]
    together = baselines if group.n_runs > 1 else ()
    comparisons = []
    for each in grown:
        comparisons.append(each.compared(each.trace, group.sizes))
        comparisons += [compared_baseline(each, name, group.sizes) for name in together]
    curves = iter(reconstruct(model, comparisons, go_on))
    results = []
    for each in grown:
        result = each.result(model, *next(curves))
        result = beside(result, {name: next(curves)[0] for name in together})
        results.append(with_baselines(model, result, baselines, on_progress=go_on))
    return results
