import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, MambaConfig, PretrainedConfig, T5Config

from strace_core import ModelError, NumericalError, SettingError, bundled_models, load_model, trace_prompt
from strace_core.model.devices import resolve_dtype
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
    with pytest.raises(ModelError, match=r"files of 'someone/tiny' at 'v2' are not on this computer.*a copy\."):
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


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (BertConfig(), "'bert' is an encoder that fills in masked tokens"),
        (T5Config(), "'t5' is an encoder-decoder"),
        (MambaConfig(), "architecture 'mamba' has no adapter.* gpt2, .*llama"),
    ],
)
def test_an_architecture_without_an_adapter_is_refused(tmp_path: Path, config: PretrainedConfig, reason: str) -> None:
    config.save_pretrained(tmp_path)
    with pytest.raises(ModelError, match=reason):
        load_model(tmp_path)


def test_code_of_a_repository_is_never_run(saved: Path) -> None:
    (saved / "modeling_own.py").write_text("raise SystemExit('this code was run')")
    config = json.loads((saved / "config.json").read_text())
    own = {"model_type": "own", "auto_map": {"AutoConfig": "modeling_own.C", "AutoModelForCausalLM": "modeling_own.M"}}
    (saved / "config.json").write_text(json.dumps(config | own))
    with pytest.raises(ModelError, match="needs code from its own repository, which is never run"):
        load_model(saved)


def test_a_directory_of_an_adapter_for_another_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(ModelError, match="holds an adapter .* merge it"):
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


def test_pickled_weights_are_loaded_only_when_asked_for(saved: Path) -> None:
    (saved / "model.safetensors").unlink()
    module = tiny_model("llama").module
    torch.save(module.state_dict(), saved / "pytorch_model.bin")
    with pytest.raises(ModelError, match="the weights of .* cannot be loaded"):
        load_model(saved)
    loaded = load_model(saved, allow_pickle=True).module.state_dict()
    assert all(torch.equal(loaded[name], weight) for name, weight in module.state_dict().items())


def test_weights_that_lack_a_tensor_are_refused_not_made_up(saved: Path) -> None:
    weights = load_file(saved / "model.safetensors")
    del weights["model.layers.1.mlp.up_proj.weight"]
    save_file(weights, saved / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"lack 1 tensors .*model\.layers\.1\.mlp\.up_proj\.weight"):
        load_model(saved)


def test_weights_of_another_shape_are_refused(saved: Path) -> None:
    weights = load_file(saved / "model.safetensors")
    weights["model.norm.weight"] = torch.ones(7)
    save_file(weights, saved / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match="the weights of .* cannot be loaded"):
        load_model(saved)


def test_a_missing_shard_is_refused(tmp_path: Path) -> None:
    tiny_model("llama").module.save_pretrained(tmp_path, max_shard_size="20KB")
    shards = sorted(tmp_path.glob("model-*.safetensors"))
    assert len(shards) > 1
    shards[1].unlink()
    with pytest.raises(ModelError, match="the weights of .* cannot be loaded"):
        load_model(tmp_path)


def test_a_weight_that_is_not_finite_is_named(saved: Path) -> None:
    weights = load_file(saved / "model.safetensors")
    weights["model.layers.2.mlp.up_proj.weight"][3, 1] = torch.nan
    save_file(weights, saved / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(
        NumericalError, match=r"block 2 .* weight 'model\.layers\.2\.mlp\.up_proj\.weight' has a non-finite"
    ):
        load_model(saved)


@pytest.mark.parametrize("device", ["gpu9", "cuda:7", "meta"])
def test_a_device_that_is_not_there_is_refused(saved: Path, device: str) -> None:
    with pytest.raises(ModelError, match=f"device '{device}'.*cpu"):
        load_model(saved, device=device)


def test_an_unknown_dtype_is_refused(saved: Path) -> None:
    with pytest.raises(SettingError, match="no dtype 'int8'; choose one of auto, float32, bfloat16, float16"):
        load_model(saved, dtype="int8")


def test_a_dtype_that_the_device_does_not_compute_in_is_refused(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def softmax(*args, **kwargs):
        raise RuntimeError("not implemented for 'Half'")

    monkeypatch.setattr(torch, "softmax", softmax)
    with pytest.raises(ModelError, match="device cpu does not compute in float16 .*; use float32"):
        load_model(saved, dtype="float16", device="cpu")


def test_auto_is_float32_on_the_cpu_and_the_checkpoints_dtype_on_cuda() -> None:
    config = tiny_model("llama").module.config
    config.dtype = torch.bfloat16
    assert resolve_dtype("auto", config, torch.device("cpu")) == torch.float32
    assert resolve_dtype("auto", config, torch.device("cuda")) == torch.bfloat16
    config.dtype = torch.float64
    assert resolve_dtype("auto", config, torch.device("cuda")) == torch.float32


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision_is_traced_with_scores_in_float32(dtype: str) -> None:
    half, full = load_model("demo-llama", dtype=dtype, device="cpu"), load_model("demo-llama", device="cpu")
    prompt = "The capital of France is"
    ours, theirs = trace_prompt(half, prompt), trace_prompt(full, prompt)
    assert half.dtype_name == dtype
    assert ours.scores.dtype == np.float32
    np.testing.assert_allclose(ours.scores, theirs.scores, atol=0.03)
    assert ours.top_tokens(k=1)["text"].item() == theirs.top_tokens(k=1)["text"].item() == " Paris"
