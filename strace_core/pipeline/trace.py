"""trace_prompt: capture, score, search, evaluate."""

from collections.abc import Sequence

from strace_core.evaluate.memory import check_fits
from strace_core.evaluate.sizes import SizeRequest, resolve_sizes
from strace_core.graph.layout import EdgeLayout
from strace_core.model.capture import Capture
from strace_core.model.loaded import LoadedModel
from strace_core.pipeline import stages
from strace_core.pipeline.arguments import (
    checked_baselines,
    checked_settings,
    edge_layout,
    tokenize,
    whole_prompt,
)
from strace_core.pipeline.baselines import curve_report, with_baselines
from strace_core.progress import OnProgress, ignore_progress
from strace_core.prompt import resolve_position
from strace_core.result import TraceResult, TraceSettings
from strace_core.search import SEARCHES
from strace_core.trace.trace import BEST_FIRST


def capture_prompt(
    model: LoadedModel, prompt: str | Sequence[int], *, on_progress: OnProgress | None = None
) -> Capture:
    """Run the full model over a prompt and keep its states, which serve the prediction at any position.

    Raises:
        PromptError: The prompt cannot be read, or its states would not fit in memory.
        NumericalError: The model computes a value that is not finite.
    """
    return stages.capture(model, tokenize(model, prompt), on_progress or ignore_progress)


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
    """Trace the next-token prediction made after one token of a prompt. The same request gives the same trace.

    Args:
        model: The model.
        prompt: Text, token ids, or the result of ``capture_prompt``, which saves running the full model again.
        position: The token whose next token is predicted, from 0; negative counts from the end.
        score: How edges are scored, a name in ``SCORE_RULES``.
        search: How edges are put in order, a name in ``SEARCHES``. "best-first", the paper's, goes by the scores alone.
            "guided" starts there and moves edges so that subgraphs come closer to the output; the best-first curve is
            then among the result's baselines.
        effort: How long a guided search looks; 1 is the default, and the time is proportional to it.
        sizes: The subgraphs to run. ``None`` or "paper" is the paper's grid, "dense" a finer one; in a sequence
            integers are numbers of edges and floats fractions of all edges.
        baselines: Other orders of the same edges to run at the same sizes, names in ``BASELINES``.
        target: A token, by id or by its exact text, whose surprisal under each subgraph is reported.
        seed: Seeds the random score and the baselines "random" and "backbone"; nothing else is random.
        on_progress: Receives each stage's progress. An exception it raises stops the trace.

    Raises:
        PromptError: The prompt cannot be read, or its trace would not fit in memory.
        PositionError: The prompt has no such token.
        SizeError: A size is out of range.
        SettingError: A name or a number is not one of those above.
        ModelError: The capture is another model's.
        NumericalError: The model computes a value that is not finite, or the subgraph of all edges does not give the
            model's own output.
    """
    settings = checked_settings(model, score, seed, target, search, effort)
    compared, report = checked_baselines(baselines), on_progress or ignore_progress
    whole = whole_prompt(model, prompt)
    context = whole.up_to(resolve_position(position, len(whole)))
    layout = edge_layout(model, len(context))
    counts = resolve_sizes(sizes, layout.n_edges)
    check_trace_fits(model, settings, layout, len(counts), n_captured=0 if isinstance(prompt, Capture) else len(whole))

    states = prompt if isinstance(prompt, Capture) else stages.capture(model, whole, report)
    activations = states.activations.up_to(len(context) - 1)
    graph = stages.score(model, activations, context, layout, settings=settings, report=report)
    del states, activations  # the largest part of the memory is free before the search begins
    searched = stages.search(model, graph, settings, report)
    run = stages.evaluated_sizes(settings, layout.n_edges, counts)
    (result,) = stages.evaluate(model, [searched], counts, curve_report(report, "subgraphs", run))
    return with_baselines(model, result, compared, on_progress=report)


def check_trace_fits(
    model: LoadedModel,
    settings: TraceSettings,
    layout: EdgeLayout,
    n_sizes: int,
    *,
    n_captured: int | None = None,
    n_runs: int = 1,
) -> None:
    """Raise PromptError for a prompt whose trace does not fit in the memory that is free."""
    search = SEARCHES[settings.search]
    check_fits(
        model,
        layout.n_tokens,
        n_sizes=n_sizes,
        n_captured=n_captured,
        n_runs=max(n_runs, search.n_candidates),
        searching=search.working_bytes(model.spec, layout, model.dtype_name),
    )
