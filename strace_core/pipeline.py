"""trace_prompt: the method's four steps, in order; and what comes before them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from numbers import Integral

from strace_core.errors import SettingError
from strace_core.evaluate import metrics
from strace_core.evaluate.memory import check_capture_fits, check_fits
from strace_core.evaluate.reconstruction import check_full_graph, reconstruct
from strace_core.evaluate.sizes import SizeRequest, resolve_sizes
from strace_core.graph.layout import EdgeLayout
from strace_core.graph.scores import score_rule
from strace_core.model.capture import Capture, capture
from strace_core.model.loaded import LoadedModel
from strace_core.model.unembed import unembed
from strace_core.progress import OnProgress, Progress, unheard
from strace_core.prompt import Prompt, checked_ids, make_prompt, resolve_position, token_of_text, token_text
from strace_core.result import N_TOP_TOKENS, TraceResult, TraceSettings
from strace_core.shapes import Logits
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
    rule, settings = score_rule(score), TraceSettings(score, _checked_seed(seed), _token_id(model, target))
    compared, report = _checked_baselines(baselines), on_progress or unheard
    whole = _read(model, prompt)
    context = whole.up_to(resolve_position(position, len(whole)))
    layout = edge_layout(model, len(context))
    counts = resolve_sizes(sizes, layout.n_edges)
    n_captured = 0 if isinstance(prompt, Capture) else len(whole)
    check_fits(model, len(context), n_sizes=len(counts), n_captured=n_captured)

    captured = prompt if isinstance(prompt, Capture) else _capture(model, whole, report)
    activations = captured.activations.up_to(len(context) - 1)
    scores = rule(model, activations, layout, settings.seed, partial(report, Progress("score", 0, 1)))
    report(Progress("score", 1, 1))
    growing = partial(report, Progress("grow", 0, 1))
    trace = Trace(layout, grow_best_first(layout, scores, before_stretch=growing))
    report(Progress("grow", 1, 1))
    full_logits = unembed(model, activations.output[-1:])[0].cpu().numpy()
    del activations, captured

    curve, logits = reconstruct(
        model, context.token_ids, trace, counts, full_logits,
        target=settings.target, stage="subgraphs", on_progress=report,
    )  # fmt: skip
    check_full_graph(curve["tv"].to_numpy()[counts == layout.n_edges], model)
    texts = _texts_of_top_tokens(model, [full_logits, *logits])
    result = TraceResult(model.spec, context, settings, trace, scores, curve, full_logits, logits, texts)
    return with_baselines(model, result, compared, on_progress=report)


def with_baselines(
    model: LoadedModel, result: TraceResult, names: Sequence[str], *, on_progress: OnProgress | None = None
) -> TraceResult:
    """The same result with those baselines added, as if they had been asked for from the start.

    Nothing else is run again, and a baseline that is there already is not either. Raises SettingError for an unknown
    name, ModelError where ``model`` is not the one that was traced.
    """
    result.check_is_of(model)
    missing = [name for name in _checked_baselines(names) if name not in result.baselines]
    if not missing:
        return result
    counts = result.curve["n_edges"].to_numpy()
    check_fits(model, len(result.prompt), n_sizes=len(counts), n_captured=0)
    baselines = dict(result.baselines)
    for name in missing:
        curve, _ = reconstruct(
            model, result.prompt.token_ids, BASELINES[name](result.trace, result.settings.seed),
            n_kept(name, result.trace, counts), result.full_logits,
            target=result.settings.target, stage=name, on_progress=on_progress or unheard,
        )  # fmt: skip
        baselines[name] = curve.rename(columns={"n_edges": "n_kept"}).assign(n_edges=counts)
    settings = replace(result.settings, baselines=tuple(baselines))
    return replace(result, settings=settings, baselines=baselines)


def _read(model: LoadedModel, prompt: str | Sequence[int] | Capture) -> Prompt:
    """The whole prompt; raises PromptError, or ModelError for another model's capture."""
    if not isinstance(prompt, Capture):
        return tokenize(model, prompt)
    prompt.check_is_of(model)
    return prompt.prompt


def _checked_seed(seed: int) -> int:
    """Raises SettingError for what is no seed."""
    if not isinstance(seed, Integral) or isinstance(seed, bool) or seed < 0:
        raise SettingError(f"seed {seed!r} is no seed; use an integer from 0.")
    return int(seed)


def _checked_baselines(names: Sequence[str]) -> tuple[str, ...]:
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


def _texts_of_top_tokens(model: LoadedModel, rows: Iterable[Logits]) -> dict[int, str]:
    top = {int(token) for logits in rows for token in metrics.by_likelihood(metrics.softmax(logits), N_TOP_TOKENS)}
    return {token: token_text(model.tokenizer, token) for token in sorted(top)}


def trace_prompts(
    model: LoadedModel,
    prompts: Sequence[str | Sequence[int]],
    *,
    score: str = "l1",
    sizes: SizeRequest = None,
    baselines: Sequence[str] = (),
    targets: Sequence[int | str | None] | None = None,
    seed: int = 0,
) -> list[TraceResult]:
    """Trace the prediction after each of some prompts; see :func:`trace_prompt`."""
    asked = [None] * len(prompts) if targets is None else targets
    return [
        trace_prompt(model, prompt, score=score, sizes=sizes, baselines=baselines, target=target, seed=seed)
        for prompt, target in zip(prompts, asked, strict=True)
    ]
