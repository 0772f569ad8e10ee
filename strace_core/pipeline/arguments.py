"""Checks of what callers ask for: every mistake is reported before any model runs."""

from collections.abc import Iterable, Sequence
from math import isfinite
from numbers import Integral, Real

from strace_core.errors import PromptError, SettingError
from strace_core.graph.layout import EdgeLayout
from strace_core.graph.scores import score_rule
from strace_core.model.capture import Capture
from strace_core.model.loaded import LoadedModel
from strace_core.prompt import Prompt, checked_ids, make_prompt, token_of_text
from strace_core.result import TraceSettings
from strace_core.search import MAX_EFFORT, SEARCHES
from strace_core.trace.baselines import BASELINES


def tokenize(model: LoadedModel, prompt: str | Sequence[int]) -> Prompt:
    """Read a prompt as the model does, special tokens included. Raises PromptError if it cannot be traced."""
    spec = model.spec
    return make_prompt(prompt, model.tokenizer, d_vocab=spec.d_vocab, max_context=spec.max_context)


def edge_layout(model: LoadedModel, n_tokens: int) -> EdgeLayout:
    """The edges of the model's computation graph for a prediction after ``n_tokens`` tokens."""
    return EdgeLayout(model.spec.n_layers, model.spec.n_heads, n_tokens, model.spec.parallel)


def whole_prompt(model: LoadedModel, prompt: str | Sequence[int] | Capture) -> Prompt:
    """The prompt before it is cut at a position; raises PromptError, or ModelError for another model's capture."""
    if not isinstance(prompt, Capture):
        return tokenize(model, prompt)
    prompt.check_is_of(model)
    return prompt.prompt


def checked_settings(
    model: LoadedModel, score: str, seed: int, target: int | str | None, search: str, effort: float
) -> TraceSettings:
    """The settings of a trace; raises SettingError, and PromptError for a target that is not one token."""
    score_rule(score)
    return TraceSettings(
        score,
        _checked_seed(seed),
        _token_id(model, target),
        search=checked_search(search),
        effort=checked_effort(effort),
    )


def checked_search(search: str) -> str:
    """The name of a search; raises SettingError for any other."""
    if not isinstance(search, str) or search not in SEARCHES:
        raise SettingError(f"there is no search {search!r}; choose one of {', '.join(SEARCHES)}.")
    return search


def checked_effort(effort: float) -> float:
    """An effort above 0 and at most ``MAX_EFFORT``; raises SettingError for any other value."""
    is_number = isinstance(effort, Real) and not isinstance(effort, bool)
    if not is_number or not (isfinite(effort) and 0 < effort <= MAX_EFFORT):
        raise SettingError(f"effort {effort!r} is not a number above 0 and at most {MAX_EFFORT}; 1 is the default.")
    return float(effort)


def checked_baselines(names: Sequence[str]) -> tuple[str, ...]:
    """The names, each once; raises SettingError for one that does not exist."""
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise SettingError(f"baselines = {names!r} is not a sequence of names; write ({names!r},).")
    names = tuple(names)
    for name in names:
        if not isinstance(name, str) or name not in BASELINES:
            raise SettingError(f"there is no baseline {name!r}; choose one of {', '.join(BASELINES)}.")
    return tuple(dict.fromkeys(names))


def checked_prompts(prompts: Sequence[str | Sequence[int]]) -> list[str | Sequence[int]]:
    """A list of prompts; raises PromptError for a single one."""
    if isinstance(prompts, str):
        raise PromptError(f"prompts = {prompts!r} is one prompt; give a list of them.")
    try:
        return list(prompts)
    except TypeError:
        raise PromptError(f"prompts = {prompts!r} is not a list of prompts.") from None


def checked_targets(targets: Sequence[int | str | None] | None, n_prompts: int) -> Sequence[int | str | None]:
    """A target or None for each prompt; raises SettingError for another number of them."""
    if targets is None:
        return [None] * n_prompts
    if isinstance(targets, str) or not isinstance(targets, Sequence):
        raise SettingError(f"targets = {targets!r} is not a list of tokens; give one per prompt, or None.")
    if len(targets) != n_prompts:
        raise SettingError(f"there are {len(targets)} targets for {n_prompts} prompts; give one per prompt, or None.")
    return targets


def _checked_seed(seed: int) -> int:
    if not isinstance(seed, Integral) or isinstance(seed, bool) or seed < 0:
        raise SettingError(f"seed {seed!r} is not an integer from 0.")
    return int(seed)


def _token_id(model: LoadedModel, target: int | str | None) -> int | None:
    """The id of the token asked about; raises PromptError if it is not one token of the vocabulary."""
    if target is None:
        return None
    if isinstance(target, str):
        return token_of_text(target, model.tokenizer)
    return checked_ids([target], model.spec.d_vocab)[0]
