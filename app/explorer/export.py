"""Export: a link, the result as files, the graph as an offline page; and opening a saved result."""

import streamlit as st

from strace_core import StraceError, decode_result

from .. import session
from ..access.settings import settings
from ..wording import captions
from ..wording.text import plain_markdown, sentence
from .downloads import downloads
from .view import PanelView

ENDINGS = ["json", "npz"]


def export_panel(view: PanelView) -> None:
    """Draw downloads, the link, and the upload."""
    st.caption(captions.EXPORT)
    files, link = st.columns([3, 2], gap="large")
    with files:
        st.markdown("**Download**")
        offered = downloads(view.compared, view.size, view=session.visit().view)
        for column, group in zip(st.columns(2), (offered[::2], offered[1::2]), strict=True):
            for file in group:
                column.download_button(
                    file.label,
                    file.make,
                    file_name=file.name,
                    mime=file.mime,
                    on_click="ignore",
                    help=file.explanation,
                    key=f"download {file.name}",
                    width="stretch",
                )
        st.caption(captions.SAVE_PICTURES)
    with link:
        st.markdown("**Share**")
        st.caption("The page's address reproduces this view: model, prompt, position, size and comparison.")
        if view.request is None:
            st.caption("It does not include the file you opened; send that along.")
        st.code(session.address(), language=None, wrap_lines=True)
        _open(view)


def _open(view: PanelView) -> None:
    """Open a saved result in place of the prompt's trace."""
    visit = session.visit()
    if visit.opened is not None and st.button("Close the opened file"):
        visit.opened = None
        st.rerun()
    if not settings().allow_uploads:
        return
    uploaded = st.file_uploader("Open a saved result", ENDINGS, key="upload")
    if uploaded is None or uploaded.file_id == visit.last_upload:
        return
    try:
        result = decode_result(uploaded.getvalue(), uploaded.name)
    except StraceError as error:
        st.error(plain_markdown(sentence(error)))
        return
    visit.opened, visit.last_upload = session.OpenedResult(uploaded.name, result), uploaded.file_id
    st.rerun()
