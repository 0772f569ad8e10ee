"""What every section of the Findings page is given, and how it shows charts and tables."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from strace_core import StraceError
from strace_core.study import is_untrained

from .. import show
from ..charts.parts import Drawing
from ..service import cache
from ..service.studies import StudyRequest
from ..wording import findings_captions as captions
from ..wording.file_names import plain_name
from ..wording.findings_words import model_label, trained_name
from ..wording.text import plain_markdown, sentence

if TYPE_CHECKING:
    import pandas as pd

    from strace_core.study import Study

MOST_MODELS = 8
"""The most models with charts of their own in a section. The tables have all of them."""

MANY_RUNS = 10_000
"""The number of runs above which a section warns that it may take minutes."""

UNEXPECTED = (ValueError, TypeError, KeyError, IndexError, ArithmeticError, RuntimeError, MemoryError)
"""What an analysis raises on tables that fit the schema but are inconsistent."""


@dataclass(frozen=True, eq=False)
class FindingsView:
    """The selected part of a study: the request for it, and its rows."""

    request: StudyRequest
    study: "Study"

    @property
    def models(self) -> list[str]:
        """The models with a traced run, in the order of the study."""
        return list(dict.fromkeys(self.study.traced["model"]))

    @property
    def subjects(self) -> list[str]:
        """The models without the untrained twins, except those whose trained model is not there."""
        there = set(self.models)
        return [name for name in self.models if not is_untrained(name) or trained_name(name) not in there]

    def table(self, analysis: str, **options: Any) -> "pd.DataFrame":
        """The table of an analysis, by its name in ``strace_core.study``."""
        return cache.finding(self.request, analysis, **options)

    def file_name(self, *parts: str) -> str:
        """A file name made of these parts, without its extension."""
        return "_".join(plain_name(part) for part in ("findings", self.request.place.name, *parts))


Section = Callable[[FindingsView], None]


def show_section(view: FindingsView, draw: Section) -> None:
    """Draw a section, or say why it cannot be drawn."""
    if not view.models:
        st.info(captions.NO_PROMPTS)
        return
    n_runs = len(view.study.runs)
    wait = f" {n_runs:,} runs may take minutes, the first time." if n_runs > MANY_RUNS else ""
    try:
        with st.spinner(f"Analysing the study…{wait}"):
            draw(view)
    except StraceError as error:
        st.error(plain_markdown(sentence(error)))
    except UNEXPECTED as error:
        logging.getLogger(__name__).exception("a section of the Findings page failed")
        st.error(f"This section cannot be computed ({type(error).__name__}): the study's tables are inconsistent.")


def show_chart(
    view: FindingsView,
    drawing: Drawing,
    name: str,
    *models: str,
    place: int | None = None,
    on_pick: Callable[[Mapping[str, Any]], None] | None = None,
) -> None:
    """Show a chart with its button to save it.

    Args:
        view: the part of the study that is shown.
        drawing: the chart.
        name: the name of the chart, which its file is called by.
        models: the models it shows, for the file's name too.
        place: the number of the chart, if there is one for each model.
        on_pick: called with what a click selects.
    """
    key = name if place is None else f"{name}-{place}"
    title = " ".join([name.replace("-", " "), *map(model_label, models)])
    show.show_chart(drawing, key, view.file_name(name, *models), title=title, on_pick=on_pick)


def for_each_model(models: Sequence[str], draw: Callable[[str, int], None], *, columns: int = 2) -> None:
    """Call ``draw`` with each model and its place, in columns, under the model's name."""
    shown_models = list(models)[:MOST_MODELS]
    if len(models) > MOST_MODELS:
        st.caption(f"Charts of the first {MOST_MODELS} of {len(models)} models. Choose others in the sidebar.")
    for start in range(0, len(shown_models), columns):
        for column, place in zip(st.columns(columns, gap="medium"), range(start, start + columns), strict=True):
            if place < len(shown_models):
                with column:
                    st.text(model_label(shown_models[place]))
                    draw(shown_models[place], place)


def show_table(view: FindingsView, words: "pd.DataFrame", raw: "pd.DataFrame", name: str) -> None:
    """Show a table for reading, with a button to download the ``raw`` numbers."""
    if len(words):
        with st.container(key=f"table-{name}", height="content"):
            st.table(words, border="horizontal", hide_index=True)
    else:
        st.caption(captions.NO_DATA)
    offer_csv(view, {name: raw})


def offer_csv(view: FindingsView, tables: "Mapping[str, pd.DataFrame]") -> None:
    """Show a button for each table that downloads it as CSV."""
    with st.container(horizontal=True, gap="small"):
        for name, raw in tables.items():
            st.download_button(
                f"{name.replace('-', ' ').capitalize()} (CSV)",
                partial(_csv, raw),
                file_name=f"{view.file_name(name)}.csv",
                mime="text/csv",
                on_click="ignore",
                key=f"csv {name}",
                icon=":material/download:",
                type="tertiary",
            )


def _csv(raw: "pd.DataFrame") -> bytes:
    return raw.to_csv(index=False).encode()
