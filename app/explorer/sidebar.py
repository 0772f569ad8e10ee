"""The sidebar: which model, how edges are scored, what to compare with, prompts to try, and how the page is shown."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from strace_core import StraceError, bundled_models

from .. import navigation, session
from ..access.settings import Settings, offered_models, permitted
from ..service import cache
from ..wording import captions
from ..wording.models import model_facts
from ..wording.presets import PRESET_GROUPS, Preset
from ..wording.text import plain_markdown, sentence

DEFAULT_MODEL = "demo-llama"

SCORE_RULES = {
    "l1": "the size of what an edge adds, as a share of all that is added there; the paper's rule",
    "l2": "the same by Euclidean length",
    "cosine": "how far what it adds points the node's own way",
    "ifr": "how much nearer it brings the node (information flow routes)",
    "random": "a control: no rule at all",
}

SEARCHES = {
    "best-first": "takes the heaviest edge that leads on; the paper's way",
    "guided": "moves edges by gradients of the output until small subgraphs come closer; takes several times as long",
}

BASELINES = {
    "random": "random growth",
    "backbone": "backbone first",
    "complement": "without the trace",
}
"""Those that a visitor may choose; the curve that a guided search began with is there unasked."""


@dataclass(frozen=True)
class Choice:
    """What the sidebar is set to. ``is_ready`` is false while the visitor has not agreed to load the model."""

    model: str
    score: str
    search: str
    effort: float
    baselines: tuple[str, ...]
    large: bool
    tours: int
    is_ready: bool


def sidebar(settings: Settings) -> Choice:
    """Draw it; what it is set to."""
    visit = session.visit()
    with st.sidebar:
        st.title("s-Trace Explorer")
        navigation.links()
        st.caption("How little of a language model does it take to make a prediction?")
        model, is_ready = _model_picker(settings)
        _presets()
        with st.expander("How edges are chosen and compared"):
            score, search = (
                _rule_picker(
                    "Score rule", SCORE_RULES, session.SCORE_KEY, "How much an edge counts for the node it enters."
                ),
                _rule_picker("Search", SEARCHES, session.SEARCH_KEY, "How edges are put in order."),
            )
            effort = effort_picker("Effort", search, key=session.EFFORT_KEY, bind=session.BIND)
            baselines = _baseline_picker()
        tour, present = st.columns(2)
        if tour.button("Tour", help="A short walk round this page", width="stretch"):
            visit.tours += 1
        large = present.toggle(
            "Present", key=session.PRESENT_KEY, bind=session.BIND, help="Large type and no sidebar, for a classroom"
        )
    return Choice(model, score, search, effort, baselines, large, visit.tours, is_ready)


def _rule_picker(label: str, rules: dict[str, str], key: str, what: str) -> str:
    """One of some rules, which are explained by name."""
    explained = " ".join(f"{name}: {words}." for name, words in rules.items())
    chosen: str = st.selectbox(label, list(rules), key=key, bind=session.BIND, help=f"{what} {explained}")
    return chosen


def effort_picker(label: str, search: str, now: float = 1.0, **widget: Any) -> float:
    """How long a guided search looks, ``now`` at first; no picker and 1 for any other."""
    if search != session.GUIDED:
        return 1.0
    start = session.EFFORTS.index(f"{now:g}")
    return session.effort_of(search, st.selectbox(label, session.EFFORTS, start, help=captions.EFFORT, **widget))


def _baseline_picker() -> tuple[str, ...]:
    session.start_with(session.BASELINES_KEY, list(BASELINES))
    chosen = st.pills(
        "Compare the curve with",
        list(BASELINES),
        format_func=BASELINES.__getitem__,
        selection_mode="multi",
        key=session.BASELINES_KEY,
        bind=session.BIND,
        help=captions.BASELINES,
    )
    return tuple(name for name in BASELINES if name in chosen)


def _model_picker(settings: Settings) -> tuple[str, bool]:
    """The model's name, and whether it may be loaded now."""
    visit = session.visit()
    names = list(dict.fromkeys([*model_names(settings), *_arriving(settings)]))
    chosen: str = st.selectbox("Model", names, key=session.MODEL_KEY, bind=session.BIND, format_func=_short_name)
    if settings.opens_more:
        _another_model(settings)
    else:
        st.caption("Your own models: start with `make run MODELS=folder` (and `HUB=1`).")
    if chosen in bundled_models() or cache.is_loaded(chosen) or chosen in visit.loadable:
        _facts_of_loaded(chosen)
        return chosen, True
    verdict = cache.verdict(chosen)
    st.caption(plain_markdown(model_facts(verdict)))
    if not verdict.is_supported:
        st.error(plain_markdown(sentence(verdict.reason)))
        return chosen, False
    if st.button("Load this model", type="primary", width="stretch"):
        visit.loadable |= {chosen}
        return chosen, True
    return chosen, False


def _facts_of_loaded(name: str) -> None:
    """What the program knows and has proven of a model that is in memory."""
    if not cache.is_loaded(name):
        return
    st.caption(plain_markdown(model_facts(cache.verdict(name))))
    with st.popover("Can I believe this?", width="stretch"):
        st.markdown(captions.PROOF)
        st.text(cache.proof(name).report())


def model_names(settings: Settings) -> list[str]:
    """The models to choose from, those that come along first, and those that this visitor has opened."""
    return list(dict.fromkeys([*_bundled_first(offered_models(settings)), *session.visit().models]))


def _arriving(settings: Settings) -> list[str]:
    """The model that the address names, where this server opens it."""
    name = session.model_in_address()
    try:
        return [permitted(settings, name)] if name else []
    except StraceError:
        return []


def _another_model(settings: Settings) -> None:
    with st.popover("Another model", width="stretch"):
        name = st.text_input(
            "Folder or hub name", placeholder="owner/name" if settings.allow_hub else "/path/to/model", key="another"
        )
        if not name:
            return
        try:
            found = permitted(settings, name.strip())
        except StraceError as error:
            st.error(plain_markdown(sentence(error)))
            return
        verdict = cache.verdict(found)
        st.text(verdict.report())
        if verdict.is_supported:
            st.button("Load and trace", type="primary", on_click=_open_model, args=(found,))


def _open_model(name: str) -> None:
    visit = session.visit()
    visit.models = (*visit.models, name)
    visit.loadable |= {name}
    session.choose_model(name)


def _bundled_first(names: tuple[str, ...]) -> list[str]:
    own = bundled_models()
    return sorted(names, key=lambda name: (name != DEFAULT_MODEL, name not in own, name))


def _short_name(name: str) -> str:
    """The last two parts of a path; other names whole."""
    return "/".join(name.rstrip("/").split("/")[-2:])


def preset_key(preset: Preset) -> str:
    """The key of a preset's button."""
    return f"preset {preset.name}"


def _presets() -> None:
    """Prompts to try, a row for each group.

    Buttons, which tell of a click and hold no state: a message that the browser has sent before it heard of another
    prompt must not put back the one before.
    """
    visit = session.visit()
    st.markdown("**Prompts to try**")
    for group, presets in PRESET_GROUPS.items():
        with st.container(gap=None, key=f"presets-{group.lower()}"):
            st.caption(group)
            with st.container(horizontal=True, gap="xsmall"):
                for preset in presets:
                    is_shown = visit.opened is None and preset.prompt == visit.prompt
                    st.button(
                        preset.name,
                        key=preset_key(preset),
                        type="primary" if is_shown else "secondary",
                        help=preset.look_for,
                        on_click=visit.submit,
                        args=(preset.prompt,),
                    )
