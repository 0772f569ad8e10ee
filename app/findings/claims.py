"""The Claims section: every claim of the paper with its verdict."""

import streamlit as st

from ..wording import findings_captions as captions
from ..wording.findings_tables import claim_words, claims_table, verdict_counts
from .view import FindingsView, show_table


def claims_section(view: FindingsView) -> None:
    """The verdicts counted for each model, the table of claims, and the rule of each verdict."""
    st.caption(captions.CLAIMS)
    found = view.table("claims")
    st.markdown("  \n".join(verdict_counts(found)))
    show_table(view, claims_table(found), found, "claims")
    st.caption(captions.CLAIM_SUBJECT)
    with st.expander("How each verdict is decided"):
        rules = found.drop_duplicates("claim")
        for statement, rule in zip(rules["statement"], rules["rule"], strict=True):
            st.text(f"{claim_words(statement)} This {rule[:1].lower()}{rule[1:].rstrip('.')}.")
