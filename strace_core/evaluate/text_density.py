"""How many edges the prediction at each position of a text takes, position by position from one capture.

What is found is what a trace at the sizes of the ``dense`` grid finds. But nothing above the sizes that are looked for
needs to be run: the grid is gone through in steps, smallest sizes first, up to the step in which the last one is found.
Every smaller size has to be run, since a curve may fall back.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from jaxtyping import Bool

from strace_core.evaluate import metrics
from strace_core.evaluate.masked_forward import subgraph_logits
from strace_core.evaluate.memory import check_fits
from strace_core.evaluate.reconstruction import check_full_graph
from strace_core.evaluate.sizes import resolve_sizes
from strace_core.graph.layout import EdgeLayout
from strace_core.graph.scores import ScoreRule, score_rule
from strace_core.model.capture import Capture
from strace_core.model.loaded import LoadedModel
from strace_core.model.unembed import unembed
from strace_core.progress import OnProgress, Progress, unheard
from strace_core.prompt import resolve_position, token_text
from strace_core.shapes import Distribution, Sizes
from strace_core.trace.growth import grow_best_first
from strace_core.trace.trace import Trace

CLOSE = 0.1
"""The total variation from the full model's output at which a subgraph has rebuilt it."""

TOKENS_OF_A_STEP = 768
"""Subgraphs x tokens that are run before looking at what they found: enough to fill a forward pass, and no more."""


DEFAULT_SEED = 0
"""What the rule ``random`` is fed in a trace that is told no other."""


@dataclass(frozen=True)
class PositionDensity:
    """How many edges the prediction made at one position takes, and what is predicted.

    ``n_edges`` is E, all edges of its graph. ``tv_size`` and ``top1_size`` are the smallest sizes of the dense grid
    with a total variation of at most 0.1 and with the full model's top token. Of the full model: ``top_text`` and
    ``top_probability`` of its most likely token, ``entropy`` in nats, and ``surprisal`` in nats of the token that
    follows in the text, NaN at the last position.
    """

    position: int
    n_edges: int
    tv_size: int
    top1_size: int
    entropy: float
    surprisal: float
    top_text: str
    top_probability: float


def text_density(
    model: LoadedModel,
    capture: Capture,
    *,
    score: str = "l1",
    positions: Sequence[int] | None = None,
    on_progress: OnProgress | None = None,
) -> Iterator[PositionDensity]:
    """The density at each of ``positions`` of a captured text, by default at all, in the order given.

    Each is yielded when it is found. ``score`` names a scoring rule. Progress counts positions, as stage "density"; it
    is reported before each block of each run, and an exception raised there stops the work.

    Raises, before the first position, ModelError for another model's capture, SettingError for an unknown rule,
    PositionError, and PromptError where the longest trace would not fit in memory; NumericalError as ``trace_prompt``.
    """
    capture.check_is_of(model)
    rule, report = score_rule(score), on_progress or unheard
    n_tokens = len(capture.prompt)
    wanted = [resolve_position(place, n_tokens) for place in (range(n_tokens) if positions is None else positions)]
    longest = max(wanted, default=0) + 1
    check_fits(model, longest, n_sizes=_step(longest), n_captured=0)

    def densities() -> Iterator[PositionDensity]:
        for n_done, position in enumerate(wanted):
            go_on = partial(report, Progress("density", n_done, len(wanted)))
            found = _density_at(model, capture, position, rule, go_on)
            report(Progress("density", n_done + 1, len(wanted)))
            yield found

    return densities()


def _density_at(
    model: LoadedModel, capture: Capture, position: int, rule: ScoreRule, go_on: Callable[[], None]
) -> PositionDensity:
    """One position: score, grow, and run sizes until those looked for are found; ``go_on`` may raise to stop."""
    go_on()
    spec, prompt = model.spec, capture.prompt
    activations = capture.activations.up_to(position)
    layout = EdgeLayout(spec.n_layers, spec.n_heads, position + 1, spec.parallel)
    scores = rule(model, activations, layout, DEFAULT_SEED, go_on)
    trace = Trace(layout, grow_best_first(layout, scores, before_stretch=go_on))
    p = metrics.softmax(unembed(model, activations.output[-1:])[0].cpu().numpy())
    tv_size, top1_size = _recovered(model, prompt.token_ids[: position + 1], trace, p, go_on)
    top, is_last = int(p.argmax()), position + 1 == len(prompt)
    return PositionDensity(
        position=position,
        n_edges=layout.n_edges,
        tv_size=tv_size,
        top1_size=top1_size,
        entropy=float(metrics.entropy(p)),
        surprisal=np.nan if is_last else float(metrics.surprisal(p, prompt.token_ids[position + 1])),
        top_text=token_text(model.tokenizer, top),
        top_probability=float(p[top]),
    )


def _recovered(
    model: LoadedModel, token_ids: tuple[int, ...], trace: Trace, p: Distribution, go_on: Callable[[], None]
) -> tuple[int, int]:
    """The smallest sizes of the dense grid that come close to P, and that have its top token.

    The full graph is the model: where rounding alone gives it another top token, it counts as having the model's.
    Raises NumericalError where it is not the model.
    """
    n_edges, tv_size, top1_size = trace.layout.n_edges, None, None
    for sizes, q in _outputs(model, token_ids, trace, go_on):
        tv = metrics.total_variation(p, q)
        check_full_graph(tv[sizes == n_edges], model)
        if tv_size is None:
            tv_size = _first(sizes, tv <= CLOSE)
        if top1_size is None:
            top1_size = _first(sizes, q.argmax(axis=-1) == p.argmax())
        if tv_size is not None and top1_size is not None:
            break
    return n_edges if tv_size is None else tv_size, n_edges if top1_size is None else top1_size


def _outputs(
    model: LoadedModel, token_ids: tuple[int, ...], trace: Trace, go_on: Callable[[], None]
) -> Iterator[tuple[Sizes, metrics.Distributions]]:
    """Sizes of the dense grid and the outputs of their subgraphs, a step at a time, smallest sizes first."""
    sizes, step = resolve_sizes("dense", trace.layout.n_edges), _step(len(token_ids))
    for start in range(0, len(sizes), step):
        of_step = sizes[start : start + step]
        for rows, logits in subgraph_logits(model, token_ids, trace, of_step, before_block=go_on):
            yield of_step[rows], metrics.softmax(logits)


def _first(sizes: Sizes, is_met: Bool[np.ndarray, "size"]) -> int | None:
    """The first size that meets a criterion."""
    return int(sizes[is_met.argmax()]) if is_met.any() else None


def _step(n_tokens: int) -> int:
    """Sizes that are run before looking at what they found."""
    return max(1, TOKENS_OF_A_STEP // n_tokens)
