"""How many edges the prediction at each position of a text takes, from one capture.

The result is that of a trace on the ``dense`` grid of sizes. But the grid is evaluated in steps, smallest sizes first,
and only up to the step that finds the last size wanted. Smaller sizes cannot be skipped, because a curve need not be
monotonic.
"""

from collections.abc import Iterator, Sequence
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
from strace_core.progress import BeforeBlock, OnProgress, Progress, ignore_progress
from strace_core.prompt import resolve_position, token_text
from strace_core.shapes import Distribution, Sizes
from strace_core.trace.growth import grow_best_first
from strace_core.trace.trace import Trace

CLOSE = 0.1
"""Total variation from the full model's output at which a subgraph counts as having recovered it."""

TOKENS_PER_STEP = 768
"""Subgraphs x tokens of one step: enough to fill a forward pass."""

DEFAULT_SEED = 0
"""Seed of the rule ``random``, the same as the default of a trace."""


@dataclass(frozen=True)
class PositionDensity:
    """How many edges the prediction at one position takes, and what the full model predicts there.

    Attributes:
        position: Position in the text.
        n_edges: Number of edges of the full graph, E.
        tv_size: Smallest size of the dense grid with a total variation of at most 0.1.
        top1_size: Smallest size of the dense grid with the full model's top token.
        entropy: Entropy of the full model's prediction in nats.
        surprisal: Surprisal, in nats, of the token that follows in the text; NaN at the last position.
        top_text: The most likely token.
        top_probability: Its probability.
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
    """Measure how many edges the prediction at each position of a captured text takes.

    Args:
        model: The model that made the capture.
        capture: The text.
        score: Name of a score rule.
        positions: Positions to measure, in this order; None for all.
        on_progress: Called before each block of each forward pass and after each position, with the stage "density".
            Raise an exception in it to cancel.

    Returns:
        An iterator that computes the density at one position at a time.

    Raises:
        ModelError: Another model made the capture.
        SettingError: There is no such score rule.
        PositionError: A position is not in the text.
        PromptError: The longest trace does not fit into memory.
        NumericalError: On iteration, as for ``trace_prompt``.
    """
    capture.check_is_of(model)
    rule, report = score_rule(score), on_progress or ignore_progress
    n_tokens = len(capture.prompt)
    wanted = [resolve_position(each, n_tokens) for each in (range(n_tokens) if positions is None else positions)]
    longest = max(wanted, default=0) + 1
    check_fits(model, longest, n_sizes=_step(longest), n_captured=0)

    def densities() -> Iterator[PositionDensity]:
        for n_done, position in enumerate(wanted):
            before_block = partial(report, Progress("density", n_done, len(wanted)))
            found = _density_at(model, capture, position, rule, before_block)
            report(Progress("density", n_done + 1, len(wanted)))
            yield found

    return densities()


def _density_at(
    model: LoadedModel, capture: Capture, position: int, rule: ScoreRule, before_block: BeforeBlock
) -> PositionDensity:
    """Score, grow, and run sizes until both recovery sizes are found."""
    before_block()
    spec, prompt = model.spec, capture.prompt
    activations = capture.activations.up_to(position)
    layout = EdgeLayout(spec.n_layers, spec.n_heads, position + 1, spec.parallel)
    scores = rule(model, activations, layout, DEFAULT_SEED, before_block)
    trace = Trace(layout, grow_best_first(layout, scores, before_stretch=before_block))
    p = metrics.softmax(unembed(model, activations.output[-1:])[0].cpu().numpy())
    tv_size, top1_size = _recovered(model, prompt.token_ids[: position + 1], trace, p, before_block)
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
    model: LoadedModel, token_ids: tuple[int, ...], trace: Trace, p: Distribution, before_block: BeforeBlock
) -> tuple[int, int]:
    """The smallest sizes of the dense grid that are close to P, and that have its top token.

    The full graph always counts, even if rounding gives it another top token. Raises NumericalError if its output is
    not the model's.
    """
    n_edges, tv_size, top1_size = trace.layout.n_edges, None, None
    for sizes, q in _outputs(model, token_ids, trace, before_block):
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
    model: LoadedModel, token_ids: tuple[int, ...], trace: Trace, before_block: BeforeBlock
) -> Iterator[tuple[Sizes, metrics.Distributions]]:
    """Sizes of the dense grid and the outputs of their subgraphs, step by step, smallest sizes first."""
    sizes, step = resolve_sizes("dense", trace.layout.n_edges), _step(len(token_ids))
    for start in range(0, len(sizes), step):
        of_step = sizes[start : start + step]
        for rows, logits in subgraph_logits(model, token_ids, trace, of_step, before_block=before_block):
            yield of_step[rows], metrics.softmax(logits)


def _first(sizes: Sizes, is_met: Bool[np.ndarray, "size"]) -> int | None:
    """The first size that meets a criterion, if any."""
    return int(sizes[is_met.argmax()]) if is_met.any() else None


def _step(n_tokens: int) -> int:
    """Number of sizes of one step."""
    return max(1, TOKENS_PER_STEP // n_tokens)
