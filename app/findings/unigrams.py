"""The Unigrams section: whether small subgraphs predict by token frequency."""

import streamlit as st

from ..charts.findings import unigram
from ..wording import findings_captions as captions
from .view import FindingsView, for_each_model, offer_csv, show_chart


def unigrams_section(view: FindingsView) -> None:
    """Distance to the token frequencies and rank correlation with them, two charts for each model that has them."""
    found = view.table("unigram_closeness")
    if found.empty:
        st.info(captions.NO_UNIGRAMS)
        return
    st.caption(captions.UNIGRAM)

    def draw(model: str, place: int) -> None:
        left, right = st.columns(2, gap="medium")
        with left:
            show_chart(view, unigram.draw(found, model, "unigram_tv"), "unigram-distance", model, place=place)
        with right:
            show_chart(view, unigram.draw(found, model, "unigram_rank"), "unigram-rank", model, place=place)

    for_each_model([name for name in view.models if (found["model"] == name).any()], draw, columns=1)
    offer_csv(view, {"unigram-closeness": found})
