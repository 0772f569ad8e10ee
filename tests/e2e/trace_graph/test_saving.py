"""What is saved is what is on the screen: the picture as SVG and PNG, and the offline page in a browser."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from strace_explorer.charts import theme
from strace_explorer.graph.offline import offline_html
from strace_explorer.graph.payload import picture_of
from tests.app.traces import made_up_trace
from tests.e2e.apps.trace_graph_app import NASTY
from tests.e2e.guard import Guard
from tests.e2e.trace_graph.graph_page import GraphPage, OpenGraph

SVG = "{http://www.w3.org/2000/svg}"
CAPTION_PX = 44


def save(graph: GraphPage, kind: str, folder: Path) -> Path:
    """The file that the menu's entry gives."""
    graph.button("Save the picture").click()
    with graph.page.expect_download() as download:
        graph.page.locator(f".trace-graph [data-save={kind}]").click()
    assert re.fullmatch(rf"s-trace-made-up-(tokens|components)-\d+-edges\.{kind}", download.value.suggested_filename)
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    expect(graph.page.locator(".trace-graph .panel.save")).not_to_be_visible()
    return path


def curves(drawing: ElementTree.Element) -> int:
    """Attention edges drawn: the curves in paths of their colour."""
    paths = [path for path in drawing.iter(f"{SVG}path") if path.get("stroke") == theme.ATTENTION]
    return sum(path.get("d", "").count("C") for path in paths)


def texts(drawing: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in drawing.iter(f"{SVG}text")]


def kept_attention(graph: GraphPage) -> int:
    return int((graph.result().edges.iloc[: graph.size]["kind"] == "attention").sum())


@pytest.mark.parametrize("query", ["size=60", "texts=long&size=2000", "size=300&parallel"])
def test_the_drawing_has_every_curve_of_the_picture(open_graph: OpenGraph, tmp_path: Path, query: str) -> None:
    graph = open_graph(query)
    drawing = ElementTree.parse(save(graph, "svg", tmp_path)).getroot()
    assert curves(drawing) == min(kept_attention(graph), 400) > 0
    box = graph.canvas.bounding_box()
    assert box is not None
    assert drawing.get("viewBox") == f"0 0 {box['width']:g} {box['height'] + CAPTION_PX:g}"
    result = graph.result()
    written = texts(drawing)
    assert {f"L{layer}" for layer in range(4)} <= set(written)
    size = f"{graph.size:,} of {result.n_edges:,} edges"
    assert any("made-up" in text and size in text for text in written)
    if "long" not in query:
        assert {"·The", "·capital", "·France"} <= set(written)
        assert any("The capital of France" in text for text in written)


def test_the_drawing_shows_filter_camera_and_selection(open_graph: OpenGraph, tmp_path: Path) -> None:
    graph = open_graph("size=200")
    whole = ElementTree.parse(save(graph, "svg", tmp_path)).getroot()
    graph.button("Zoom in").click()
    zoomed = ElementTree.parse(save(graph, "svg", tmp_path)).getroot()

    def scale(drawing: ElementTree.Element) -> float:
        first = next(path for path in drawing.iter(f"{SVG}path") if path.get("transform"))
        return float(re.findall(r"matrix\(([\d.]+)", first.get("transform") or "")[0])

    assert scale(zoomed) == pytest.approx(1.3 * scale(whole), rel=1e-3)
    graph.button("Fit the graph").click()
    graph.button("Filter").click()
    graph.page.get_by_label("attention").uncheck()
    filtered = ElementTree.parse(save(graph, "svg", tmp_path)).getroot()
    assert curves(filtered) == 0 < curves(whole)
    assert any("filter hides" in text for text in texts(filtered))
    colours = {path.get("fill") for path in filtered.iter(f"{SVG}path")}
    assert theme.MLP in colours and theme.ATTENTION not in colours


@pytest.mark.parametrize("view", ["tokens", "components"])
def test_texts_of_tokens_are_texts_in_the_drawing(open_graph: OpenGraph, tmp_path: Path, view: str) -> None:
    graph = open_graph(f"texts=nasty&view={view}&size=100", width=900)
    path = save(graph, "svg", tmp_path)
    source = path.read_text(encoding="utf-8")
    assert "<img" not in source and "<script" not in source and "</script" not in source
    drawing = ElementTree.fromstring(source)
    assert {element.tag for element in drawing.iter()} <= {f"{SVG}{name}" for name in ("svg", "path", "rect", "text")}
    assert not any(name.startswith("on") for element in drawing.iter() for name in element.attrib)
    caption = next(text for text in texts(drawing) if "→" in text)
    assert "<img src=x onerror=alert(1)></script>a⏎b" in caption
    if view == "tokens":
        assert {"🙂", "مرحبا", "∅", "<0xE2>", "</script>"} <= set(texts(drawing))


@pytest.mark.parametrize("dark", [False, True])
def test_the_picture_is_saved_in_double_resolution_on_the_themes_ground(
    open_graph: OpenGraph, tmp_path: Path, dark: bool
) -> None:
    graph = open_graph("size=200", dark=dark)
    box = graph.canvas.bounding_box()
    assert box is not None
    with Image.open(save(graph, "png", tmp_path)) as image:
        assert image.format == "PNG"
        assert image.size == (2 * box["width"], 2 * (box["height"] + CAPTION_PX))
        pixels = image.convert("RGB")
        ground = theme.SURFACES["dark" if dark else "light"]
        assert "#{:02X}{:02X}{:02X}".format(*pixels.getpixel((3, 3))) == ground
        colours = {colour for _, colour in pixels.getcolors(2**24)}
    for colour in (theme.ATTENTION, theme.MLP, theme.RESIDUAL):
        assert any(
            all(abs(value - int(colour[i : i + 2], 16)) < 3 for value, i in zip(found, (1, 3, 5), strict=True))
            for found in colours
        ), f"nothing is painted in {colour}"


@pytest.mark.parametrize("view", ["tokens", "components"])
def test_the_offline_page_opens_without_a_network(browser: Browser, tmp_path: Path, view: str) -> None:
    result = made_up_trace(3, 4, NASTY)
    path = tmp_path / "offline.html"
    path.write_text(offline_html(picture_of(result, view), result.n_edges), encoding="utf-8")
    context = browser.new_context(offline=True, viewport={"width": 900, "height": 600})
    problems = Guard(context).problems
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.goto(path.as_uri())
    colours = page.locator("canvas").evaluate(
        """(canvas) => new Promise((done) => setTimeout(() => {
            const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
            const found = new Set();
            for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 255) found.add(`${data.slice(i, i + 3)}`);
            done([...found]);
        }, 500))"""
    )
    for colour in (theme.ATTENTION, theme.MLP, theme.RESIDUAL):
        assert ",".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5)) in colours
    assert page.get_by_role("heading").inner_text().startswith("<img src=x onerror=alert(1)></script>a⏎b")
    assert page.locator("img").count() == 0
    context.close()
    assert asked == [path.as_uri()]
    assert [problem for problem in problems if not problem.startswith("outside request: file:")] == []
