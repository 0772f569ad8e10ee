"""The result in numbers and as tables: for a second look, for keyboards and for screen readers."""

import streamlit as st

from ..charts import trend
from ..show import drawn_to_pick
from ..wording import captions
from ..wording.numbers import Number, density_numbers, numbers_frame, order_number, recovery_numbers, size_numbers
from ..wording.tables import Table, components_table, edges_table
from .view import PanelView


def numbers_panel(view: PanelView) -> None:
    """This size, the whole curve, and two more measures along it."""
    st.caption(captions.NUMBERS)
    here, whole = st.columns(2, gap="large")
    large = view.choice.large
    with here:
        _numbers(f"At {view.size:,} edges", size_numbers(view.result, view.size))
        st.markdown("**How undecided it is**", help=captions.ENTROPY)
        drawn_to_pick(view, trend.draw(view.result, view.size, "entropy", large=large), "entropy")
    with whole:
        numbers = [*density_numbers(view.result), order_number(view.result), *recovery_numbers(view.result)]
        _numbers("Of this prediction", numbers)
        st.markdown("**How much of the list of likeliest tokens it shares**", help=captions.SHARED_LIST)
        drawn_to_pick(view, trend.draw(view.result, view.size, "shared_nucleus", large=large), "nucleus")


def _numbers(title: str, numbers: list[Number]) -> None:
    st.markdown(f"**{title}**")
    st.table(numbers_frame(numbers), border="horizontal", hide_index=True)


def table_panel(view: PanelView) -> None:
    """What is active and what is kept, in rows."""
    components, edges = st.columns(2, gap="medium")
    with components:
        _table("Active components", captions.COMPONENTS_TABLE, components_table(view.result, view.size))
    with edges:
        _table("Kept edges", captions.EDGES_TABLE, edges_table(view.result, view.size))


def _table(title: str, explained: str, table: Table) -> None:
    st.markdown(f"**{title}**", help=explained)
    st.dataframe(table.rows, hide_index=True, height=320)
    if table.note:
        st.caption(f"{table.note}; all of them are in the download of edges (Keep).")
