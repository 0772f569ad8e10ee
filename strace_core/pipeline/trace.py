"""trace_prompt: the method's four steps, in order; and what comes before them."""

from collections.abc import Iterable, Sequence
from math import isfinite
from numbers import Integral, Real

import pandas as pd

from strace_core.errors import SettingError
from strace_core.evaluate.memory import check_capture_fits, check_fits
from strace_core.evaluate.reconstruction import reconstruct
from strace_core.evaluate.sizes import SizeRequest, resolve_sizes
from strace_core.graph.layout import EdgeLayout
from strace_core.graph.scores import score_rule
from strace_core.model.capture import Capture, capture
from strace_core.model.loaded import LoadedModel
from strace_core.pipeline.grown import Grown, beside, compared_baseline, grow, reporting
from strace_core.pipeline.searched import searched
from strace_core.progress import OnProgress, ignore_progress
from strace_core.prompt import Prompt, checked_ids, make_prompt, resolve_position, token_of_text
from strace_core.result import TraceResult, TraceSettings
from strace_core.trace.baselines import BASELINES
from strace_core.trace.searches import BEST_FIRST, MOST_EFFORT, SEARCHES


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
    return captured(model, tokenize(model, prompt), on_progress or ignore_progress)


def captured(model: LoadedModel, prompt: Prompt, on_progress: OnProgress) -> Capture:
    """The same for a prompt that has been read."""
    check_capture_fits(model, len(prompt))
    return Capture(model.spec, prompt, capture(model, prompt.token_ids, on_progress))


def trace_prompt(
    model: LoadedModel,
    prompt: str | Sequence[int] | Capture,
    *,
    position: int = -1,
    score: str = "l1",
    search: str = BEST_FIRST,
    effort: float = 1.0,
    sizes: SizeRequest = None,
    baselines: Sequence[str] = (),
    target: int | str | None = None,
    seed: int = 0,
    on_progress: OnProgress | None = None,
) -> TraceResult:
    """Trace the next-token prediction after ``prompt``, made at token ``position`` (negative counts from the end).

    ``prompt`` is text, token ids, or what ``capture_prompt`` made of either, which saves running the full model anew.
    ``score`` names a scoring rule. ``search`` tells how edges are put in order: "best-first" by their scores alone, the
    paper's way, or "guided", which starts from that order and moves edges so that subgraphs come closer to the output;
    it takes several times as long, in proportion to ``effort``, and has the curve of "best-first" among its baselines.
    ``sizes`` are the subgraphs to run: ``None`` or "paper" for the paper's grid,
    "dense" for a finer one, or a sequence in which integers are edge counts and floats fractions of all edges.
    ``baselines`` are other orders of the same edges, run at the same sizes. ``target`` is a token, by id or by its
    exact text, whose surprisal each subgraph's output is asked for. ``seed`` feeds random choices, which only the
    score ``random`` and the baselines ``random`` and ``backbone`` make. The same request gives the same trace.

    Raises PromptError, also for a prompt whose trace would not fit in memory, PositionError, SizeError, SettingError;
    ModelError for another model's capture; NumericalError when the model computes a value that is not finite, or when
    the subgraph of all edges does not give the model's own output.
    """
    settings = checked_settings(model, score, seed, target, search, effort)
    compared, report = checked_baselines(baselines), on_progress or ignore_progress
    whole = _read(model, prompt)
    context = whole.up_to(resolve_position(position, len(whole)))
    layout = edge_layout(model, len(context))
    counts = resolve_sizes(sizes, layout.n_edges)
    n_captured = 0 if isinstance(prompt, Capture) else len(whole)
    check_fits(model, len(context), n_sizes=len(counts), n_captured=n_captured, search=search)

    states = prompt if isinstance(prompt, Capture) else captured(model, whole, report)
    grown = grow(model, context, states.activations.up_to(len(context) - 1), layout, settings, report)
    del states
    return with_baselines(model, searched(model, grown, counts, report), compared, on_progress=report)


def with_baselines(
    model: LoadedModel, result: TraceResult, names: Sequence[str], *, on_progress: OnProgress | None = None
) -> TraceResult:
    """The same result with those baselines added, as if they had been asked for from the start.

    Nothing else is run again, and a baseline that is there already is not either. Raises SettingError for an unknown
    name, ModelError where ``model`` is not the one that was traced.
    """
    result.check_is_of(model)
    missing = [name for name in checked_baselines(names) if name not in result.baselines]
    if not missing:
        return result
    counts = result.curve["n_edges"].to_numpy()
    check_fits(model, len(result.prompt), n_sizes=len(counts), n_captured=0)
    grown = Grown(result.prompt, result.settings, result.trace, result.scores, result.full_logits, result.stretches)
    curves: dict[str, pd.DataFrame] = {}
    for name in missing:
        on_curve = reporting(on_progress or ignore_progress, name, counts)
        ((curves[name], _),) = reconstruct(model, [compared_baseline(grown, name, counts)], on_curve)
    return beside(result, curves)


def _read(model: LoadedModel, prompt: str | Sequence[int] | Capture) -> Prompt:
    """The whole prompt; raises PromptError, or ModelError for another model's capture."""
    if not isinstance(prompt, Capture):
        return tokenize(model, prompt)
    prompt.check_is_of(model)
    return prompt.prompt


def checked_settings(
    model: LoadedModel, score: str, seed: int, target: int | str | None, search: str, effort: float
) -> TraceSettings:
    """The settings of a trace; raises SettingError, and PromptError for a target that is no token."""
    score_rule(score)
    return TraceSettings(
        score,
        _checked_seed(seed),
        _token_id(model, target),
        search=checked_search(search),
        effort=checked_effort(effort),
    )


def checked_search(search: str) -> str:
    """Raises SettingError for what is no search."""
    if search not in SEARCHES:
        raise SettingError(f"there is no search {search!r}; choose one of {', '.join(SEARCHES)}.")
    return search


def checked_effort(effort: float) -> float:
    """Raises SettingError for what is no effort."""
    if not isinstance(effort, Real) or isinstance(effort, bool) or not (isfinite(effort) and 0 < effort <= MOST_EFFORT):
        raise SettingError(f"effort {effort!r} is none; use a number above 0, at most {MOST_EFFORT}; 1 is the usual.")
    return float(effort)


def _checked_seed(seed: int) -> int:
    """Raises SettingError for what is no seed."""
    if not isinstance(seed, Integral) or isinstance(seed, bool) or seed < 0:
        raise SettingError(f"seed {seed!r} is no seed; use an integer from 0.")
    return int(seed)


def checked_baselines(names: Sequence[str]) -> tuple[str, ...]:
    """The names, each once; raises SettingError for one that does not exist."""
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise SettingError(f"baselines = {names!r} is not a sequence of names; write ({names!r},).")
    names = tuple(names)
    for name in names:
        if not isinstance(name, str) or name not in BASELINES:
            raise SettingError(f"there is no baseline {name!r}; choose one of {', '.join(BASELINES)}.")
    return tuple(dict.fromkeys(names))


def _token_id(model: LoadedModel, target: int | str | None) -> int | None:
    """The id of the token asked about; raises PromptError if it is not one token of the vocabulary."""
    if target is None:
        return None
    if isinstance(target, str):
        return token_of_text(target, model.tokenizer)
    return checked_ids([target], model.spec.d_vocab)[0]
