"""The result in numbers and as tables, also for keyboards and screen readers."""

import streamlit as st

from ..charts import trend
from ..wording import captions
from ..wording.numbers import Number, density_numbers, numbers_frame, order_number, recovery_numbers, size_numbers
from ..wording.tables import Table, components_table, edges_table
from .result_chart import size_chart
from .view import PanelView


def numbers_panel(view: PanelView) -> None:
    """Draw numbers of this size and of the whole curve, and two more measures along it."""
    st.caption(captions.NUMBERS)
    here, overall = st.columns(2, gap="large")
    large = view.choice.large
    with here:
        _numbers(f"At {view.size:,} edges", size_numbers(view.result, view.size))
        st.markdown("**Entropy of the prediction**", help=captions.ENTROPY)
        size_chart(view, trend.draw(view.result, view.size, "entropy", large=large), "entropy")
    with overall:
        numbers = [*density_numbers(view.result), order_number(view.result), *recovery_numbers(view.result)]
        _numbers("Over all sizes", numbers)
        st.markdown("**Shared nucleus**", help=captions.SHARED_LIST)
        size_chart(view, trend.draw(view.result, view.size, "shared_nucleus", large=large), "nucleus")


def _numbers(title: str, numbers: list[Number]) -> None:
    st.markdown(f"**{title}**")
    st.table(numbers_frame(numbers), border="horizontal", hide_index=True)


def table_panel(view: PanelView) -> None:
    """Draw tables of the active components and the kept edges."""
    components, edges = st.columns(2, gap="medium")
    with components:
        _table("Active components", captions.COMPONENTS_TABLE, components_table(view.result, view.size))
    with edges:
        _table("Kept edges", captions.EDGES_TABLE, edges_table(view.result, view.size))


def _table(title: str, explained: str, table: Table) -> None:
    st.markdown(f"**{title}**", help=explained)
    st.dataframe(table.rows, hide_index=True, height=320)
    if table.note:
        st.caption(f"{table.note}; download all edges under Export.")
