"""The operator's settings, and the models and studies they open."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from strace_core import FileError, ModelError, SettingError, bundled_models
from strace_explorer.access.settings import (
    SHIPPED_STUDIES,
    SHIPPED_STUDY,
    Settings,
    lines,
    offered_models,
    offered_studies,
    permitted,
    place_of,
    read_settings,
    study_place,
)

REPOSITORY = Path(__file__).resolve().parents[3]


def model_directory(path: Path) -> Path:
    path.mkdir(parents=True)
    (path / "config.json").write_text("{}")
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with two models, and beside it one that nobody may open."""
    model_directory(tmp_path / "root" / "small")
    model_directory(tmp_path / "root" / "family" / "large")
    model_directory(tmp_path / "private")
    return (tmp_path / "root").resolve()


def test_an_empty_environment_keeps_every_default() -> None:
    assert read_settings({}) == Settings() == read_settings({"STRACE_MAX_TOKENS": "", "PATH": "/bin"})
    assert not Settings().opens_more and Settings().allow_uploads


def test_every_setting_is_read(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    found = read_settings(
        {
            "STRACE_MODEL_ROOTS": f"{one}{os.pathsep} {other}{os.pathsep}{one}",
            "STRACE_ALLOW_HUB": "yes",
            "STRACE_ALLOW_UPLOADS": "OFF",
            "STRACE_MAX_TOKENS": "64",
            "STRACE_MAX_MODELS": "1",
            "STRACE_CACHE_MB": "100",
            "STRACE_WORKERS": " 3 ",
            "STRACE_STUDY_ROOTS": str(other),
        }
    )
    assert found == Settings((one.resolve(), other.resolve()), True, False, 64, 1, 100, 3, (other.resolve(),))
    assert found.opens_more


def test_a_home_directory_is_expanded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "models").mkdir()
    assert read_settings({"STRACE_MODEL_ROOTS": "~/models"}).model_roots == ((tmp_path / "models").resolve(),)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("STRACE_MAX_TOKENS", "0", "whole number from 1 to 1,000,000"),
        ("STRACE_MAX_TOKENS", "many", "'many'"),
        ("STRACE_MAX_MODELS", "-1", "from 1 to 100"),
        ("STRACE_CACHE_MB", "1e3", "'1e3'"),
        ("STRACE_WORKERS", "1000", "from 1 to 100"),
        ("STRACE_WORKERS", "²", "from 1 to 100"),
        ("STRACE_ALLOW_HUB", "perhaps", "set it to 1 or 0"),
        ("STRACE_MODEL_ROOTS", "/no/such/folder", "is not a folder"),
        ("STRACE_MODEL_ROOT", "/", "did you mean STRACE_MODEL_ROOTS"),
        ("STRACE_COLOUR", "red", "the settings are STRACE_MODEL_ROOTS, "),
    ],
)
def test_nonsense_is_refused_with_variable_and_remedy(name: str, value: str, said: str) -> None:
    with pytest.raises(SettingError) as refused:
        read_settings({name: value})
    assert name in str(refused.value) and said in str(refused.value)


def printed(**environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the module with these settings alone."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("STRACE_")}
    command = [sys.executable, "-m", "strace_explorer.access.settings"]
    return subprocess.run(command, env=plain | environment, capture_output=True, text=True, check=False)


def test_the_module_prints_the_settings_in_force(tmp_path: Path) -> None:
    ran = printed(STRACE_WORKERS="3", STRACE_ALLOW_HUB="yes", STRACE_MODEL_ROOTS=str(tmp_path))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines() == [
        f"STRACE_MODEL_ROOTS={tmp_path.resolve()}",
        "STRACE_ALLOW_HUB=on",
        "STRACE_ALLOW_UPLOADS=on",
        "STRACE_MAX_TOKENS=512",
        "STRACE_MAX_MODELS=2",
        "STRACE_CACHE_MB=512",
        "STRACE_WORKERS=3",
        "STRACE_STUDY_ROOTS=",
    ]


def test_the_module_refuses_an_invalid_setting() -> None:
    ran = printed(STRACE_WORKERS="many")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "Invalid setting: STRACE_WORKERS is 'many'; set it to a whole number from 1 to 100.\n"


def test_printed_settings_read_back(tmp_path: Path) -> None:
    roots = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        roots.append((tmp_path / name).resolve())
    asked = Settings(tuple(roots), True, False, 64, 1, 100, 3, (roots[1],))
    assert read_settings(dict(line.split("=", 1) for line in lines(asked))) == asked


def test_by_default_the_bundled_models_alone_are_open() -> None:
    assert offered_models(Settings()) == bundled_models()
    assert [permitted(Settings(), name) for name in bundled_models()] == list(bundled_models())


@pytest.mark.parametrize("name", ["", " ", ".", "..", "/", "app", "owner/name", "assets/models/demo-llama", "x" * 9999])
def test_nothing_else_is(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    for path in (name, str(REPOSITORY / name)):
        with pytest.raises(ModelError, match="it only opens demo-gpt2, demo-llama. The operator can allow more"):
            permitted(Settings(), path)


def test_models_in_an_operators_folder_are_offered_and_open(root: Path) -> None:
    settings = Settings(model_roots=(root,))
    assert offered_models(settings) == (*bundled_models(), "small", "family/large")
    for name in ("small", str(root / "small"), f"{root}/family/../small"):
        place = place_of(settings, name)
        assert (place.name, place.location, place.revision) == ("small", str(root / "small"), None)


def test_a_folder_that_is_a_model_itself_is_open(root: Path) -> None:
    settings = Settings(model_roots=(root / "small",))
    assert offered_models(settings) == (*bundled_models(), "small")
    assert place_of(settings, "small").location == str(root / "small")


def test_names_lead_back_to_their_directory(root: Path, tmp_path: Path) -> None:
    other = model_directory(tmp_path / "other" / "small").resolve()
    bundled = model_directory(tmp_path / "other" / "demo-llama").resolve()
    settings = Settings(model_roots=(root, other.parent))
    names = offered_models(settings)
    assert {str(other), str(bundled)} <= set(names)
    assert place_of(settings, "small").location == str(root / "small")
    assert place_of(settings, str(other)).location == str(other)
    assert place_of(settings, "demo-llama").location == "demo-llama"
    assert place_of(settings, str(bundled)).location == str(bundled)


@pytest.mark.parametrize("name", ["../private", "small/../../private", "family", "nothing", "small\0", "/etc", "~"])
def test_what_is_outside_or_no_model_is_refused_alike(root: Path, name: str) -> None:
    said = set()
    for asked in (name, str(root.parent / "private"), "nowhere"):
        with pytest.raises(ModelError) as refused:
            permitted(Settings(model_roots=(root,)), asked)
        said.add(str(refused.value).replace(repr(asked), "NAME"))
    assert len(said) == 1, "a refusal reveals whether something exists"


def test_links_out_of_the_folder_lead_nowhere(root: Path) -> None:
    private = root.parent / "private"
    (root / "link").symlink_to(private)
    (root / "above").symlink_to(root.parent)
    model_directory(root / "mixed")
    (root / "mixed" / "model.safetensors").symlink_to(private / "config.json")
    (root / "loop").symlink_to(root / "loop")
    (root / "again").symlink_to(root)
    settings = Settings(model_roots=(root,))
    assert offered_models(settings) == (*bundled_models(), "small", "family/large")
    for name in ("link", "above/private", "mixed", "loop"):
        with pytest.raises(ModelError):
            permitted(settings, name)


def test_links_inside_the_folder_work(root: Path) -> None:
    (root / "latest").symlink_to(root / "family" / "large")
    assert permitted(Settings(model_roots=(root,)), "latest") == "family/large"


def test_hidden_and_deep_folders_are_not_listed(root: Path) -> None:
    model_directory(root / ".hidden")
    model_directory(root / "a" / "b" / "c" / "d" / "e")
    settings = Settings(model_roots=(root,))
    assert offered_models(settings) == (*bundled_models(), "small", "family/large")
    assert permitted(settings, "a/b/c/d/e") == "a/b/c/d/e"


@pytest.mark.parametrize(
    ("name", "location", "revision"),
    [
        ("owner/name", "owner/name", None),
        ("owner/name-7.1_b@main", "owner/name-7.1_b", "main"),
        ("owner/name@refs/pr/3", "owner/name", "refs/pr/3"),
    ],
)
def test_hub_ids_where_the_operator_allows_them(name: str, location: str, revision: str | None) -> None:
    place = place_of(Settings(allow_hub=True), name)
    assert (place.name, place.location, place.revision) == (name, location, revision)


@pytest.mark.parametrize(
    "name", ["name", "a/b/c", "../b", "./b", "/a/b", "~/b", "a/b@", "a/b@ -x", "https://a/b", "a/b\n"]
)
def test_what_is_no_hub_id_is_refused_even_then(name: str) -> None:
    with pytest.raises(ModelError, match="hub ids such as"):
        permitted(Settings(allow_hub=True), name)


def test_a_local_path_does_not_pass_for_a_hub_id(monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    monkeypatch.chdir(root.parent)
    model_directory(root.parent / "owner" / "name")
    for name in ("owner/name", "owner/name@main"):
        with pytest.raises(ModelError):
            permitted(Settings(allow_hub=True), name)
    assert place_of(Settings((root,), allow_hub=True), "family/large").location == str(root / "family" / "large")


def study_folder(path: Path) -> Path:
    path.mkdir(parents=True)
    for name in ("study.json", "runs.parquet", "sizes.parquet"):
        (path / name).touch()
    return path


def test_the_shipped_studies_are_always_open_and_by_default_alone(tmp_path: Path) -> None:
    assert offered_studies(Settings()) == (SHIPPED_STUDY, "shipped-guided") == tuple(SHIPPED_STUDIES)
    for name, folder in SHIPPED_STUDIES.items():
        assert study_place(Settings(), name).folder == folder and (folder / "study.json").is_file()
    study_folder(tmp_path / "own")
    for name in ("own", str(tmp_path / "own"), str(tmp_path / "nothing"), "", "..", "x" * 9999):
        with pytest.raises(FileError, match="it only opens shipped, shipped-guided"):
            study_place(Settings(), name)


def test_studies_in_an_operators_folder_are_offered_and_nothing_else(tmp_path: Path) -> None:
    root = tmp_path / "root"
    own, _ = study_folder(root / "own"), study_folder(root / "deep" / "er")
    private = study_folder(tmp_path / "private")
    study_folder(root / SHIPPED_STUDY)
    (root / "link").symlink_to(private)
    study_folder(root / "mixed")
    (root / "mixed" / "runs.parquet").unlink()
    (root / "mixed" / "runs.parquet").symlink_to(private / "runs.parquet")
    (root / "no study").mkdir()
    settings = Settings(study_roots=(root.resolve(),))
    assert set(offered_studies(settings)) == {*SHIPPED_STUDIES, "own", "deep/er", str((root / SHIPPED_STUDY).resolve())}
    assert study_place(settings, str(own)).name == "own" == study_place(settings, "deep/../own").name
    said = set()
    for name in ("link", "mixed", "no study", "../private", str(private), "nowhere"):
        with pytest.raises(FileError) as refused:
            study_place(settings, name)
        said.add(str(refused.value).replace(repr(name), "NAME"))
    assert len(said) == 1, "a refusal reveals whether something exists"
