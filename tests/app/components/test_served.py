"""Streamlit finds the manifest of this installation and serves the files it declares."""

import tomllib
from importlib.metadata import distribution, version
from pathlib import Path

import pytest
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.components.v2.manifest_scanner import scan_component_manifests
from streamlit.errors import StreamlitAPIException

from strace_explorer.components.served import PROJECT, ServedComponent, asset
from tests.app.components.test_web_modules import COMPONENTS, SERVED

MANIFEST = COMPONENTS.parent / "pyproject.toml"


@pytest.fixture(scope="module")
def manager() -> BidiComponentManager:
    """What a server knows after it has started."""
    manager = BidiComponentManager()
    manager.discover_and_register_components(start_file_watching=False)
    return manager


def test_the_manifest_of_this_installation_is_found() -> None:
    found = [(manifest, root) for manifest, root in scan_component_manifests() if manifest.name == PROJECT]
    assert {root.resolve() for _, root in found} == {COMPONENTS.parent}
    assert {manifest.version for manifest, _ in found} == {version(PROJECT)}


def test_the_manifest_names_this_distribution_and_exactly_the_components_there_are() -> None:
    manifest = tomllib.loads(MANIFEST.read_text(encoding="utf-8"))
    assert manifest["project"]["name"] == PROJECT == distribution(PROJECT).name
    declared = {f"{PROJECT}.{one['name']}" for one in manifest["tool"]["streamlit"]["component"]["components"]}
    assert declared == {component.name for component in SERVED}


@pytest.mark.parametrize("component", SERVED, ids=lambda component: component.name)
def test_a_component_s_script_is_served_under_its_path(
    component: ServedComponent, manager: BidiComponentManager
) -> None:
    assert manager.get_component_asset_root(component.name) == COMPONENTS
    definition = manager.build_definition_with_validation(
        component_key=component.name, html=None, css=None, js=component.script
    )
    assert definition.js_url == component.script
    assert definition.js_content is None
    assert Path(str(definition.js)) == COMPONENTS / component.script


def test_no_served_file_is_a_link_out_of_the_package() -> None:
    """Streamlit refuses to serve a file that resolves to a place outside the asset directory."""
    for path in COMPONENTS.glob("*/web/*"):
        assert path.resolve().is_relative_to(COMPONENTS)


def test_a_component_that_the_manifest_lacks_is_refused_when_it_is_mounted() -> None:
    unknown = ServedComponent("unknown", script="tour/web/tour.js")
    with pytest.raises(StreamlitAPIException, match="must be declared in pyproject.toml"):
        unknown()


def test_an_asset_is_read_as_text() -> None:
    assert 'class="tour"' in asset("tour/web/tour.html")
