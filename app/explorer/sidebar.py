"""The sidebar: the model, how edges are chosen, baselines, prompts to try, and how the page is shown."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from strace_core import StraceError, bundled_models

from .. import navigation, session
from ..access.settings import Settings, offered_models, permitted
from ..service import cache
from ..service.requests import DEFAULT_MODEL
from ..wording import captions, choices
from ..wording.models import model_facts
from ..wording.presets import PRESET_GROUPS, Preset
from ..wording.text import plain_markdown, sentence
from .view import Choice


def sidebar(settings: Settings) -> Choice:
    """Draw the sidebar, and return how it is set."""
    visit = session.visit()
    with st.sidebar:
        navigation.head("How little of a language model does a prediction take?")
        model, is_ready = _model_picker(settings)
        _presets()
        with st.expander("Scores, search and baselines"):
            score = _rule_picker("Score rule", choices.SCORE_RULE, choices.SCORE_RULES, session.SCORE_KEY)
            search = _rule_picker("Search", choices.SEARCH, choices.SEARCHES, session.SEARCH_KEY)
            effort = effort_picker("Effort", search, key=session.EFFORT_KEY, bind=session.BIND)
            baselines = _baseline_picker()
        tour, present = st.columns(2)
        if tour.button("Tour", help="A short tour of this page", width="stretch"):
            visit.tours += 1
        large = present.toggle(
            "Present", key=session.PRESENT_KEY, bind=session.BIND, help="Large type and no sidebar, for a classroom"
        )
    return Choice(model, score, search, effort, baselines, large, visit.tours, is_ready)


def _rule_picker(label: str, what: str, rules: Mapping[str, str], key: str) -> str:
    """Draw the choice of a rule by name. ``what`` it is about and ``rules``, by name, explain it."""
    chosen: str = st.selectbox(label, list(rules), key=key, bind=session.BIND, help=choices.explained(what, rules))
    return chosen


def effort_picker(label: str, search: str, now: float = 1.0, **widget: Any) -> float:
    """Draw the choice of guided-search effort, ``now`` at first. For any other search draw nothing and return 1."""
    if search != choices.GUIDED:
        return 1.0
    start = session.EFFORTS.index(f"{now:g}")
    return session.effort_of(search, st.selectbox(label, session.EFFORTS, start, help=choices.EFFORT, **widget))


def _baseline_picker() -> tuple[str, ...]:
    session.start_with(session.BASELINES_KEY, list(choices.BASELINES))
    chosen = st.pills(
        "Compare the curve with",
        list(choices.BASELINES),
        format_func=choices.BASELINES.__getitem__,
        selection_mode="multi",
        key=session.BASELINES_KEY,
        bind=session.BIND,
        help=choices.COMPARED_WITH,
    )
    return tuple(name for name in choices.BASELINES if name in chosen)


def _model_picker(settings: Settings) -> tuple[str, bool]:
    """Draw the choice of model; return its name, and whether it may be loaded."""
    visit = session.visit()
    names = list(dict.fromkeys([*model_names(settings), *_in_address(settings)]))
    chosen: str = st.selectbox("Model", names, key=session.MODEL_KEY, bind=session.BIND, format_func=_short_name)
    if settings.opens_more:
        _another_model(settings)
    else:
        st.caption(captions.OWN_MODELS)
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
    """Draw the facts and the self-check of a model, if it is in memory."""
    if not cache.is_loaded(name):
        return
    st.caption(plain_markdown(model_facts(cache.verdict(name))))
    with st.popover("Faithfulness check", width="stretch"):
        st.markdown(captions.PROOF)
        st.text(cache.proof(name).report())


def model_names(settings: Settings) -> list[str]:
    """Return the models to choose from: the bundled ones, the operator's, and those this visitor has opened."""
    return list(dict.fromkeys([*_bundled_first(offered_models(settings)), *session.visit().models]))


def _in_address(settings: Settings) -> list[str]:
    """Return the model that the address names, if this server opens it."""
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
    """Shorten a path to its last two parts."""
    return "/".join(name.rstrip("/").split("/")[-2:])


def preset_key(preset: Preset) -> str:
    """Return the key of a preset's button."""
    return f"preset {preset.name}"


def _presets() -> None:
    """Draw the prompts to try, a row for each group.

    They are buttons because buttons hold no state. A stateful widget could put the previous prompt back, when the
    browser sends a message before it knows of the new prompt.
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
