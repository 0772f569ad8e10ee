"""Made-up traces to test the page with: real layout, growth and curve, random scores and answers."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from strace_core import ModelSpec, Prompt, TraceResult, TraceSettings
from strace_core.evaluate.curve import build_curve
from strace_core.evaluate.sizes import resolve_sizes
from strace_core.graph.layout import EdgeLayout
from strace_core.search import GUIDED
from strace_core.trace.growth import grow_best_first
from strace_core.trace.trace import BEST_FIRST, Stretch, Trace

WORDS = " Paris, the, a, of, is, to, London, king, cat, dog, Mary, John".split(",")


def made_up_trace(
    n_layers: int, n_heads: int, texts: Sequence[str], *, parallel: bool = False, seed: int = 0
) -> TraceResult:
    """A trace over the tokens `texts`, the same for the same arguments.

    A share falls with the distance an attention edge spans, and the answers approach the full model's as
    subgraphs grow, so that pictures look like those of a trained model.
    """
    random = np.random.default_rng(seed)
    layout = EdgeLayout(n_layers, n_heads, len(texts), parallel)
    distance = np.abs(layout.target - layout.source)
    strength = np.where(layout.head < 0, 1.0, 0.3 / (1 + distance))
    scores = (random.beta(0.6, 3.0, layout.n_edges) * strength).clip(1e-6, 1.0).astype(np.float32)
    trace = Trace(layout, grow_best_first(layout, scores))
    sizes = resolve_sizes("dense", layout.n_edges)
    full_logits = random.normal(0, 3, len(WORDS)).astype(np.float32)
    noise = random.normal(0, 3, len(WORDS)).astype(np.float32)
    progress = np.log1p(sizes)[:, None] / np.log1p(layout.n_edges)
    logits = (progress * full_logits + (1 - progress) * noise).astype(np.float32)
    return TraceResult(
        spec=_spec(n_layers, n_heads, parallel),
        prompt=Prompt(None, tuple(range(len(texts))), tuple(texts)),
        settings=TraceSettings("random", seed),
        trace=trace,
        scores=scores,
        curve=build_curve(trace, sizes, full_logits, logits),
        full_logits=full_logits,
        logits=logits,
        token_texts=dict(enumerate(WORDS)),
        stretches=(Stretch(layout.n_edges, BEST_FIRST),),
    )


def _spec(n_layers: int, n_heads: int, parallel: bool) -> ModelSpec:
    return ModelSpec(
        name="made-up",
        revision=None,
        architecture="llama",
        n_layers=n_layers,
        n_heads=n_heads,
        n_kv_heads=n_heads,
        d_model=8 * n_heads,
        d_head=8,
        d_vocab=len(WORDS),
        max_context=512,
        parallel=parallel,
    )


def with_made_up_baselines(result: TraceResult) -> TraceResult:
    """The same result with a curve for each baseline: at every size so far from the full model, in tv and in kl.

    Of "random" 0.9 and 9, of "backbone" 0.8 and infinite, of "complement" 0.1 and 1. Those that it has stay.
    """
    values = {"random": (0.9, 9.0), "backbone": (0.8, np.inf), "complement": (0.1, 1.0)}
    tables = {name: result.curve.assign(tv=tv, kl=kl, n_kept=0) for name, (tv, kl) in values.items()}
    baselines = {**result.baselines, **tables}
    return replace(result, baselines=baselines, settings=replace(result.settings, baselines=tuple(baselines)))


def guided_from(result: TraceResult, *, tv: float = 1.0, won: bool = True) -> TraceResult:
    """The same result as a guided search's that began with a curve whose distance is ``tv`` everywhere.

    Where it ``won``, it chose the first half of the order.
    """
    half, whole = Stretch(result.n_edges // 2, GUIDED), Stretch(result.n_edges, BEST_FIRST)
    paper = result.curve.assign(tv=tv, n_kept=result.curve["n_edges"])
    return replace(
        result,
        settings=replace(result.settings, search=GUIDED, baselines=(BEST_FIRST,)),
        stretches=(half, whole) if won else (whole,),
        baselines={BEST_FIRST: paper},
    )
