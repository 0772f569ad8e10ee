"""What a section of the findings is given, and the ways in which it shows things."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from strace_core import StraceError
from strace_core.study import is_untrained, twin

from ..charts.parts import Drawing
from ..service import cache
from ..service.studies import StudyRequest
from ..show import show_chart
from ..wording import findings_captions as captions
from ..wording.file_names import plain_name
from ..wording.findings_words import model_label
from ..wording.text import plain_markdown, sentence

if TYPE_CHECKING:
    import pandas as pd

    from strace_core.study import Study

MOST_MODELS = 8
"""Models with charts of their own in a section; others are in the tables."""

MANY_RUNS = 10_000
"""A study of more says that its sections take time."""

UNEXPECTED = (ValueError, TypeError, KeyError, IndexError, ArithmeticError, RuntimeError, MemoryError)
"""What an analysis raises over tables that fit the schema and make no sense."""


@dataclass(frozen=True, eq=False)
class FindingsView:
    """The chosen part of a study: the request for it, and its rows."""

    request: StudyRequest
    study: "Study"

    @property
    def models(self) -> list[str]:
        """All models of the part that have a traced run, in the order of the study."""
        return list(dict.fromkeys(self.study.traced["model"]))

    @property
    def subjects(self) -> list[str]:
        """The models, those without twins; a twin alone stands for itself."""
        there = set(self.models)
        return [name for name in self.models if not (is_untrained(name) and name.removesuffix(twin("")) in there)]

    def table(self, analysis: str, **options: Any) -> "pd.DataFrame":
        """The table of an analysis of strace_core."""
        return cache.finding(self.request, analysis, **options)

    def file_name(self, *parts: str) -> str:
        """The name of a file of these parts, without its ending."""
        return "_".join(plain_name(part) for part in ("findings", self.request.place.name, *parts))


Section = Callable[[FindingsView], None]


def section(view: FindingsView, draw: Section) -> None:
    """Draw a section, or say why there is nothing to see."""
    if not view.models:
        st.info(captions.NO_PROMPTS)
        return
    try:
        n_runs = len(view.study.runs)
        wait = f" (once; {n_runs:,} runs may take minutes)" if n_runs > MANY_RUNS else ""
        with st.spinner(f"Working it out{wait}"):
            draw(view)
    except StraceError as error:
        st.error(plain_markdown(sentence(error)))
    except UNEXPECTED as error:
        logging.getLogger(__name__).exception("a section of the findings failed")
        st.error(f"This cannot be worked out from this study ({type(error).__name__}): its tables make no sense here.")


def chart(view: FindingsView, drawing: Drawing, key: str, *names: str, **how: Any) -> None:
    """A chart with its button; its file is called by ``key`` and ``names``."""
    base = key.rstrip("0123456789").rstrip("-")
    title = " ".join([base.replace("-", " "), *map(model_label, names)])
    show_chart(drawing, key, view.file_name(base, *names), title=title, **how)


def for_each_model(models: Sequence[str], draw: Callable[[str, int], None], *, columns: int = 2) -> None:
    """Charts of the models beside each other, each under its model's name; ``draw`` is given name and place."""
    shown_models = list(models)[:MOST_MODELS]
    if len(models) > MOST_MODELS:
        st.caption(f"Charts of the first {MOST_MODELS} of {len(models)} models; choose others at the side.")
    for start in range(0, len(shown_models), columns):
        for column, place in zip(st.columns(columns, gap="medium"), range(start, start + columns), strict=True):
            if place < len(shown_models):
                with column:
                    st.text(model_label(shown_models[place]))
                    draw(shown_models[place], place)


def table(view: FindingsView, words: "pd.DataFrame", raw: "pd.DataFrame", name: str) -> None:
    """A table in words, and the button that gives its numbers."""
    if len(words):
        with st.container(key=f"table-{name}", height="content"):
            st.table(words, border="horizontal", hide_index=True)
    else:
        st.caption(captions.NO_DATA)
    numbers(view, {name: raw})


def _csv(raw: "pd.DataFrame") -> bytes:
    return raw.to_csv(index=False).encode()


def numbers(view: FindingsView, tables: "dict[str, pd.DataFrame]") -> None:
    """Buttons that give tables as CSV, by their name."""
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
