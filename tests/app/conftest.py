"""What holds in every test of the page: installed packages are looked through once."""

from collections.abc import Iterator
from functools import cache

import pytest


@pytest.fixture(autouse=True, scope="session")
def packages_read_once() -> Iterator[None]:
    """A server looks for components in all installed packages when it starts; a tested page would at each run."""
    from streamlit.components.v2 import manifest_scanner

    found = cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", lambda: [*found()])
        yield
