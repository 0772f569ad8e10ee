"""The claims, each with its verdict."""

import streamlit as st

from ..wording import findings_captions as captions
from ..wording.findings_tables import claim_words, claims_table, verdicts_in_words
from .view import FindingsView, table


def claims_section(view: FindingsView) -> None:
    """The table of claims, after a line for each model."""
    st.caption(captions.CLAIMS)
    found = view.table("claims")
    st.markdown("  \n".join(verdicts_in_words(found)))
    table(view, claims_table(found), found, "claims")
    st.caption(captions.CLAIM_SUBJECT)
    with st.expander("The rule of each verdict"):
        rules = found.drop_duplicates("claim")
        for statement, rule in zip(rules["statement"], rules["rule"], strict=True):
            st.text(f"{claim_words(statement)} It {claim_words(rule)[:1].lower()}{claim_words(rule)[1:]}.")
