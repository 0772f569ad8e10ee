import json
import shutil
from pathlib import Path

import pytest
import torch
from transformers import BertConfig, T5Config

from strace_core import ModelError, bundled_models, load_model, trace_prompt
from tests.core.tiny_models import D_VOCAB, TELLING, tiny_model


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A model directory without a tokenizer."""
    tiny_model("llama").module.save_pretrained(tmp_path / "tiny")
    return tmp_path / "tiny"


def test_the_bundled_models_load_by_name() -> None:
    assert bundled_models() == ("demo-gpt2", "demo-llama")
    for name in bundled_models():
        model = load_model(name)
        assert model.spec.name == name
        assert model.tokenizer is not None
        assert model.dtype_name == "float32"
        assert not model.module.training


def test_spec_of_a_bundled_model_has_grouped_queries() -> None:
    spec = load_model("demo-llama").spec
    assert spec.architecture == "llama"
    assert spec.n_kv_heads < spec.n_heads
    assert spec.n_heads * spec.d_head == spec.d_model


@pytest.mark.parametrize("architecture", TELLING)
def test_a_directory_without_a_tokenizer_is_traced_by_ids(tmp_path: Path, architecture: str) -> None:
    in_memory = tiny_model(architecture)
    in_memory.module.save_pretrained(tmp_path)
    model = load_model(tmp_path)
    assert model.tokenizer is None
    ours, theirs = trace_prompt(model, [3, 1, 4]), trace_prompt(in_memory, [3, 1, 4])
    assert ours.trace.order.tolist() == theirs.trace.order.tolist()
    assert (ours.logits == theirs.logits).all()


def test_a_hub_id_is_loaded_from_the_hubs_local_copy(
    tmp_path: Path, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The layout the hub's client keeps on disk: a revision by name, and its snapshot."""
    commit = "0123456789abcdef0123456789abcdef01234567"
    repository = tmp_path / "hub" / "models--someone--tiny"
    shutil.copytree(saved, repository / "snapshots" / commit)
    (repository / "refs").mkdir()
    for revision in ("main", "v1"):
        (repository / "refs" / revision).write_text(commit)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    for revision in (None, "v1", commit):
        model = load_model("someone/tiny", revision=revision)
        assert (model.spec.name, model.spec.revision) == ("someone/tiny", revision)
        assert model.spec.d_vocab == D_VOCAB
    with pytest.raises(ModelError, match="no model 'someone/tiny'"):
        load_model("someone/tiny", revision="v2")


@pytest.mark.parametrize("name", ["no-such-model", "someone/no-such-model", "demo-llama ", "name with spaces?"])
def test_an_unknown_name_is_refused_and_the_known_ones_listed(name: str) -> None:
    with pytest.raises(ModelError, match="demo-gpt2, demo-llama"):
        load_model(name)


@pytest.mark.parametrize("name", ["", "  "])
def test_an_empty_name_is_refused(name: str) -> None:
    with pytest.raises(ModelError, match="the model name is empty"):
        load_model(name)


@pytest.mark.parametrize("name", ["/no/such/place", "./no-such-place", "a/b/c"])
def test_a_path_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(ModelError, match="no model directory"):
        load_model(name)


def test_a_directory_that_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"without config\.json"):
        load_model(tmp_path)


def test_a_file_is_refused(saved: Path) -> None:
    with pytest.raises(ModelError, match="no model directory"):
        load_model(saved / "config.json")


@pytest.mark.parametrize("config", [BertConfig(), T5Config()])
def test_an_architecture_without_an_adapter_is_refused(tmp_path: Path, config: BertConfig | T5Config) -> None:
    config.save_pretrained(tmp_path)
    with pytest.raises(ModelError, match=f"{config.model_type!r}, which has no adapter.*gpt2, .*llama"):
        load_model(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"model_type": "no-such-type"}', "\x00"])
def test_a_config_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(ModelError, match="could be found or read"):
        load_model(tmp_path)


def test_a_config_with_a_nonsensical_field_is_refused(saved: Path) -> None:
    config = json.loads((saved / "config.json").read_text())
    (saved / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 0}))
    with pytest.raises(ModelError, match="num_hidden_layers = 0"):
        load_model(saved)


def test_missing_weights_are_refused(saved: Path) -> None:
    (saved / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="the weights of .* cannot be loaded"):
        load_model(saved)


def test_truncated_weights_are_refused(saved: Path) -> None:
    weights = saved / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ModelError, match="the weights of .* cannot be loaded"):
        load_model(saved)


def test_pickled_weights_are_not_loaded(saved: Path) -> None:
    (saved / "model.safetensors").unlink()
    torch.save(tiny_model("llama").module.state_dict(), saved / "pytorch_model.bin")
    with pytest.raises(ModelError, match="the weights of .* cannot be loaded"):
        load_model(saved)


def test_an_unknown_device_is_refused(saved: Path) -> None:
    with pytest.raises(ModelError, match="device 'gpu9'"):
        load_model(saved, device="gpu9")
