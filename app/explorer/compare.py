"""Compare: a second trace, B, beside the one on the page, A, both at the same share of their edges."""

from dataclasses import replace

import streamlit as st

from strace_core import SCORE_RULES, SEARCHES, StraceError, TraceResult, bundled_models

from .. import session
from ..access.settings import settings
from ..charts import compared_tokens, component_grid, overlay
from ..service import cache
from ..service.requests import TraceRequest
from ..wording import captions
from ..wording.choices import BEST_FIRST
from ..wording.comparison import compared_numbers, component_lists, differing_shapes, linked
from ..wording.text import plain_markdown, sentence
from ..wording.tokens import token_label
from .answer import traced
from .result_chart import result_chart, size_chart
from .sidebar import effort_picker, model_names
from .view import PanelView


def compare_panel(view: PanelView) -> None:
    """Draw the choice of B, then A and B over each other."""
    st.caption(captions.COMPARE)
    wanted = _other_side(view)
    if wanted is None:
        return
    other, problem = traced(wanted, st.empty())
    if other is None:
        st.error(plain_markdown(problem))
        return
    _side_by_side(view, other)


def _other_side(view: PanelView) -> TraceRequest | None:
    """Draw the choice of B and return it; None if its prompt cannot be traced."""
    visit = session.visit()
    names = model_names(settings())
    now = visit.compared or _suggestion(view, names)
    if now.model not in names:
        names = [*names, now.model]
    with st.container(horizontal=True):
        rules, searches = list(SCORE_RULES), list(SEARCHES)
        model = st.selectbox("B: model", names, index=names.index(now.model))
        score = st.selectbox("B: score rule", rules, index=rules.index(now.score))
        search = st.selectbox("B: search", searches, index=searches.index(now.search))
        effort = effort_picker("B: effort", search, now.effort)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        prompt = st.text_input("B: prompt", now.prompt)
        place, take = st.container(), st.container()
    chosen = TraceRequest(model, prompt, now.position, score, search, effort)
    if view.request is not None:
        take.button("Set B to this page", on_click=_set, args=(view.request,), width="stretch", help=captions.SET_B)
    try:
        tokens = cache.read(chosen.model, chosen.prompt).token_texts
    except StraceError as error:
        st.error(plain_markdown(sentence(error)))
        return None
    last = len(tokens) - 1
    start = chosen.position if 0 <= chosen.position <= last else last
    position = place.selectbox(
        "B: predict after", range(len(tokens)), index=start, format_func=lambda i: f"{i}: {token_label(tokens[i], 16)}"
    )
    visit.compared = replace(chosen, position=-1 if position == last else position)
    return visit.compared


def _suggestion(view: PanelView, names: list[str]) -> TraceRequest:
    """Suggest the same prompt in another model or, beside a guided trace, the same trace in the paper's order."""
    page = view.request or TraceRequest(names[0], session.visit().prompt)
    if page.search != BEST_FIRST:
        return replace(page, search=BEST_FIRST, effort=1.0)
    others = [name for name in bundled_models() if name in names and name != page.model]
    return replace(page, model=others[0]) if others else page


def _side_by_side(view: PanelView, other: TraceResult) -> None:
    pair, large = linked(view.result, other, view.size), view.choice.large
    curves, tokens = st.columns(2, gap="medium")
    with curves:
        st.caption(f"A keeps {pair.size_a:,} of {pair.a.n_edges:,} edges, B {pair.size_b:,} of {pair.b.n_edges:,}.")
        size_chart(view, overlay.draw(pair, large=large), "overlay")
    with tokens:
        st.caption(captions.COMPARED_TOKENS)
        result_chart(view, compared_tokens.draw(pair, large=large), "compared-tokens")
    grid, lists = st.columns(2, gap="medium")
    with grid:
        st.caption(captions.COMPARED_COMPONENTS)
        if differing_shapes(pair):
            st.caption(differing_shapes(pair))
        result_chart(view, component_grid.draw(pair, large=large), "component-grid")
    with lists:
        for title, names in component_lists(pair).items():
            with st.expander(f"{len(names)} {title}"):
                st.write(", ".join(names) or "none")
    st.table(compared_numbers(pair), border="horizontal", hide_index=True)


def _set(request: TraceRequest) -> None:
    session.visit().compared = request
