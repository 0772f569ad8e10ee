"""Pages with a drawn graph: the component alone, on made-up traces, beside what Python hears from it."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser

from tests.e2e.guard import watched_page
from tests.e2e.server import Server, serve
from tests.e2e.trace_graph.graph_page import APP, GraphPage, OpenGraph


@pytest.fixture(scope="package")
def graph_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(APP, tmp_path_factory.mktemp("graph")) as running:
        yield running


@pytest.fixture
def open_graph(browser: Browser, graph_app: Server) -> Iterator[OpenGraph]:
    """Open watched pages with a drawn graph: ``open_graph("texts=long&view=components", width=390)``."""
    with ExitStack() as stack:

        def open_one(query: str = "", **options: object) -> GraphPage:
            page = stack.enter_context(watched_page(browser, graph_app, path=f"/?{query}", **options))
            return GraphPage(page, query)

        yield open_one
