"""The Findings page: pick a study and a part of it, then read it section by section."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from strace_core import StraceError
from strace_core.study import is_untrained

from .. import navigation, session
from ..access.settings import Settings, StudyPlace, offered_studies, settings, study_place
from ..sending import let_the_page_arrive
from ..service import cache
from ..service.studies import Part, StudyRequest, stamp
from ..wording import findings_captions as captions
from ..wording.choices import BEST_FIRST
from ..wording.findings_tables import failures_table
from ..wording.findings_words import group_label, model_label, trained_name
from ..wording.text import plain_markdown, sentence
from .agreement import agreement_section
from .claims import claims_section
from .composition import composition_section
from .density import density_section
from .phases import phases_section
from .reconstruction import reconstruction_section
from .recovery import recovery_section
from .reuse import reuse_section
from .unigrams import unigrams_section
from .view import FindingsView, Section, show_section

if TYPE_CHECKING:
    from strace_core.study import Study

SECTIONS: Mapping[str, Section] = {
    "Claims": claims_section,
    "Reconstruction": reconstruction_section,
    "Phases": phases_section,
    "Recovery size": recovery_section,
    "Composition": composition_section,
    "Density": density_section,
    "Agreement": agreement_section,
    "Unigrams": unigrams_section,
    "Reuse": reuse_section,
}


def findings() -> None:
    """Draw the page once."""
    chosen = session.visit().chosen
    if chosen is not None:
        navigation.open_in_explorer(chosen)
    with st.sidebar:
        navigation.head("The paper's claims, tested on many prompts")
        place = _study_picker(settings())
        filters = st.container()
    st.title("Findings")
    st.markdown(captions.INTRODUCTION)
    everything = StudyRequest(place, stamp(place))
    try:
        study = cache.study(everything)
        with filters:
            part = _filters(study)
        request = StudyRequest(place, everything.stamp, part)
        view = FindingsView(request, cache.study(request))
    except StraceError as error:
        st.error(plain_markdown(sentence(error)))
        return
    _facts(view)
    tabs = st.tabs(list(SECTIONS), key=session.SECTION_KEY, bind=session.BIND)
    for tab, draw in zip(tabs, SECTIONS.values(), strict=True):
        if tab.open:
            with tab:
                show_section(view, draw)
    session.remember_address(navigation.FINDINGS)
    let_the_page_arrive()


def _study_picker(settings: Settings) -> StudyPlace:
    names = list(dict.fromkeys([*offered_studies(settings), *session.visit().studies, *_arriving(settings)]))
    name = st.selectbox("Study", names, key=session.STUDY_KEY, bind=session.BIND)
    if not settings.study_roots:
        st.caption(captions.OWN_STUDIES)
        return study_place(settings, name)
    with st.popover("Open another study", width="stretch"):
        asked = st.text_input("Folder", placeholder="/path/to/study", key="another-study").strip()
        if asked:
            try:
                found = study_place(settings, asked).name
            except StraceError as error:
                st.error(plain_markdown(sentence(error)))
            else:
                st.button("Open", type="primary", on_click=session.open_study, args=(found,))
    return study_place(settings, name)


def _arriving(settings: Settings) -> list[str]:
    """The study that the address names, if this server may open it."""
    name = session.study_in_address()
    try:
        return [study_place(settings, name).name] if name else []
    except StraceError:
        return []


def _filters(study: "Study") -> Part:
    """Pick models, groups, a score rule and a search. Nothing picked means all."""
    bases = list(dict.fromkeys(map(trained_name, study.models)))
    models = st.multiselect(
        "Models", bases, placeholder="all models", format_func=model_label, key=session.MODELS_KEY, bind=session.BIND,
        help="Each model comes with its untrained twin.",
    )  # fmt: skip
    names = {group_label(group): group for group in study.groups}
    groups = st.multiselect(
        "Groups of prompts", list(names), placeholder="all groups", key=session.GROUPS_KEY, bind=session.BIND
    )
    scores = list(dict.fromkeys(study.runs["score"]))
    score = scores[0] if scores else None
    if len(scores) > 1:
        score = st.selectbox("Score rule", scores, key=session.RULE_KEY, bind=session.BIND)
    search = None
    if len(study.searches) > 1:
        search = st.selectbox("Search", study.searches, key=session.SEARCHED_KEY, bind=session.BIND)
    return Part(tuple(models) or None, tuple(names[group] for group in groups) or None, score, search)


def _facts(view: FindingsView) -> None:
    """Say how large this part of the study is, and which runs failed."""
    runs = view.study.runs
    n_prompts, n_failed = runs["prompt_id"].nunique(), int(runs["error"].notna().sum())
    trained = [model_label(name) for name in view.study.models if not is_untrained(name)]
    twins = sum(map(is_untrained, view.study.models))
    parts = [f"{n_prompts:,} prompts", ", ".join(trained) or "no trained model"]
    parts += [f"{twins} untrained {'twin' if twins == 1 else 'twins'}"] * bool(twins)
    parts += [f"score rule {score}" for score in dict.fromkeys(runs["score"])]
    parts += [f"{search} search" for search in view.study.searches if search != BEST_FIRST]
    st.caption(plain_markdown(" · ".join(parts)))
    if n_failed:
        with st.expander(f"{n_failed:,} of {len(runs):,} runs failed and are left out"):
            st.table(failures_table(runs), border="horizontal", hide_index=True)
