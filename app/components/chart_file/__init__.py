"""A button in a chart's corner that saves the chart as SVG, exactly as it stands on the page.

Streamlit's own toolbar saves charts as PNG only and leaves out Vega's menu.
"""

from ..served import ServedComponent, asset


def chart_file(name: str, *, title: str, key: str) -> None:
    """Mount the button right after a chart.

    Args:
        name: The saved file's name, without its ending.
        title: What screen readers call the chart.
        key: The widget's key.
    """
    _BUTTON(key=key, data={"name": name, "title": title}, height="content")


_BUTTON = ServedComponent(
    "chart_file",
    script="chart_file/web/chart_file.js",
    html=asset("chart_file/web/chart_file.html"),
    css=asset("chart_file/web/chart_file.css"),
)
