"""trace_prompt: the method's four steps, in order; and what comes before them."""

from collections.abc import Iterable, Sequence
from numbers import Integral

import numpy as np
import pandas as pd

from strace_core.errors import NumericalError, SettingError
from strace_core.evaluate import metrics
from strace_core.evaluate.memory import check_capture_fits, check_fits
from strace_core.evaluate.reconstruction import reconstruct
from strace_core.evaluate.sizes import SizeRequest, resolve_sizes
from strace_core.graph.layout import EdgeLayout
from strace_core.graph.scores import SCORE_RULES
from strace_core.model.capture import Capture, capture
from strace_core.model.loaded import LoadedModel
from strace_core.model.self_check import OUTPUT_TOLERANCE
from strace_core.model.unembed import unembed
from strace_core.progress import OnProgress, Progress, unheard
from strace_core.prompt import Prompt, checked_ids, make_prompt, resolve_position, token_of_text, token_text
from strace_core.result import N_TOP_TOKENS, TraceResult, TraceSettings
from strace_core.shapes import Logits, SizeLogits, Sizes
from strace_core.trace.baselines import BASELINES, n_kept
from strace_core.trace.growth import grow_best_first
from strace_core.trace.trace import Trace


def tokenize(model: LoadedModel, prompt: str | Sequence[int]) -> Prompt:
    """The prompt as the model reads it, special tokens included. Raises PromptError if it cannot be traced."""
    spec = model.spec
    return make_prompt(prompt, model.tokenizer, d_vocab=spec.d_vocab, max_context=spec.max_context)


def edge_layout(model: LoadedModel, n_tokens: int) -> EdgeLayout:
    """The edges of the model's computation graph for a prediction after ``n_tokens`` tokens."""
    return EdgeLayout(model.spec.n_layers, model.spec.n_heads, n_tokens, model.spec.parallel)


def capture_prompt(
    model: LoadedModel, prompt: str | Sequence[int], *, on_progress: OnProgress | None = None
) -> Capture:
    """One forward pass over the whole prompt, kept: it serves the trace of the prediction at any of its positions.

    Raises PromptError, also for a prompt whose states would not fit in memory, and NumericalError when the model
    computes a value that is not finite.
    """
    return _capture(model, tokenize(model, prompt), on_progress or unheard)


def _capture(model: LoadedModel, prompt: Prompt, on_progress: OnProgress) -> Capture:
    check_capture_fits(model, len(prompt))
    return Capture(model.spec, prompt, capture(model, prompt.token_ids, on_progress))


def trace_prompt(
    model: LoadedModel,
    prompt: str | Sequence[int] | Capture,
    *,
    position: int = -1,
    score: str = "l1",
    sizes: SizeRequest = None,
    baselines: Sequence[str] = (),
    target: int | str | None = None,
    seed: int = 0,
    on_progress: OnProgress | None = None,
) -> TraceResult:
    """Trace the next-token prediction after ``prompt``, made at token ``position`` (negative counts from the end).

    ``prompt`` is text, token ids, or what ``capture_prompt`` made of either, which saves running the full model anew.
    ``score`` names a scoring rule. ``sizes`` are the subgraphs to run: ``None`` or "paper" for the paper's grid,
    "dense" for a finer one, or a sequence in which integers are edge counts and floats fractions of all edges.
    ``baselines`` are other orders of the same edges, run at the same sizes. ``target`` is a token, by id or by its
    exact text, whose surprisal each subgraph's output is asked for. ``seed`` feeds random choices, which only the
    score ``random`` and the baselines ``random`` and ``backbone`` make. The same request gives the same trace.

    Raises PromptError, also for a prompt whose trace would not fit in memory, PositionError, SizeError, SettingError;
    ModelError for another model's capture; NumericalError when the model computes a value that is not finite, or when
    the subgraph of all edges does not give the model's own output.
    """
    settings = _checked_settings(score, seed, _token_id(model, target), baselines)
    report = on_progress or unheard
    whole = _read(model, prompt)
    context = whole.up_to(resolve_position(position, len(whole)))
    layout = edge_layout(model, len(context))
    counts = resolve_sizes(sizes, layout.n_edges)
    check_fits(model, len(context), n_captured=0 if isinstance(prompt, Capture) else len(whole))

    captured = prompt if isinstance(prompt, Capture) else _capture(model, whole, report)
    activations = captured.activations.up_to(len(context) - 1)
    scores = SCORE_RULES[score](model, activations, layout, seed)
    report(Progress("score", 1, 1))
    trace = Trace(layout, grow_best_first(layout, scores))
    report(Progress("grow", 1, 1))
    full_logits = unembed(model, activations.output[-1:])[0].cpu().numpy()
    del activations, captured

    def run(order: Trace, kept: Sizes, stage: str) -> tuple[pd.DataFrame, SizeLogits]:
        ids, target_id = context.token_ids, settings.target
        return reconstruct(
            model, ids, order, kept, full_logits, target=target_id, stage=stage, on_progress=report
        )  # fmt: skip

    curve, logits = run(trace, counts, "subgraphs")
    _check_full_graph(curve["tv"].to_numpy()[counts == layout.n_edges], model)
    compared = {
        name: run(BASELINES[name](trace, seed), n_kept(name, trace, counts), name)[0]
        .rename(columns={"n_edges": "n_kept"})
        .assign(n_edges=counts)
        for name in settings.baselines
    }
    texts = _texts_of_top_tokens(model, [full_logits, *logits])
    return TraceResult(model.spec, context, settings, trace, scores, curve, full_logits, logits, texts, compared)


def _read(model: LoadedModel, prompt: str | Sequence[int] | Capture) -> Prompt:
    """The whole prompt; raises PromptError, or ModelError for another model's capture."""
    if not isinstance(prompt, Capture):
        return tokenize(model, prompt)
    prompt.check_is_of(model)
    return prompt.prompt


def _checked_settings(score: str, seed: int, target: int | None, baselines: Sequence[str]) -> TraceSettings:
    """The settings, each baseline once; raises SettingError for a name that does not exist or a seed that is none."""
    _check_name(score, SCORE_RULES, "score rule")
    if not isinstance(seed, Integral) or isinstance(seed, bool) or seed < 0:
        raise SettingError(f"seed {seed!r} is no seed; use an integer from 0.")
    if isinstance(baselines, str) or not isinstance(baselines, Iterable):
        raise SettingError(f"baselines = {baselines!r} is not a sequence of names; write ({baselines!r},).")
    for name in baselines:
        _check_name(name, BASELINES, "baseline")
    return TraceSettings(score, int(seed), target, tuple(dict.fromkeys(baselines)))


def _check_name(name: object, known: Iterable[str], what: str) -> None:
    if not isinstance(name, str) or name not in [*known]:
        raise SettingError(f"there is no {what} {name!r}; choose one of {', '.join(known)}.")


def _token_id(model: LoadedModel, target: int | str | None) -> int | None:
    """The id of the token asked about; raises PromptError if it is not one token of the vocabulary."""
    if target is None:
        return None
    if isinstance(target, str):
        return token_of_text(target, model.tokenizer)
    return checked_ids([target], model.spec.d_vocab)[0]


def _check_full_graph(full_graph_tv: np.ndarray, model: LoadedModel) -> None:
    """Refuse a trace whose full graph is not the model."""
    limit = OUTPUT_TOLERANCE[model.dtype_name]
    if (full_graph_tv > limit).any():
        raise NumericalError(
            f"the full graph of {model.spec.name!r} is {full_graph_tv.max():.2g} in total variation from the model's "
            f"own output (limit {limit} in {model.dtype_name}); its subgraphs cannot be trusted. Load the model in "
            "float32."
        )


def _texts_of_top_tokens(model: LoadedModel, rows: Iterable[Logits]) -> dict[int, str]:
    top = {int(token) for logits in rows for token in metrics.by_likelihood(metrics.softmax(logits), N_TOP_TOKENS)}
    return {token: token_text(model.tokenizer, token) for token in sorted(top)}
