import json
from pathlib import Path

import pytest
import torch
from transformers import BertConfig, LlamaConfig, T5Config

from strace_core import ModelError, Verdict, check_model, load_model, support_table
from strace_core import compatibility as module
from strace_core.model.architectures import ADAPTERS
from tests.core.tiny_models import CONFIGS, tiny_model

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    tiny_model("gemma2").module.save_pretrained(tmp_path / "tiny")
    return tmp_path / "tiny"


@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_the_verdict_needs_the_config_alone(tmp_path: Path, name: str) -> None:
    CONFIGS[name].save_pretrained(tmp_path)
    verdict = check_model(tmp_path)
    assert verdict.status == "supported"
    model = tiny_model(name)
    assert verdict.n_parameters == sum(p.numel() for p in model.module.parameters())
    assert verdict.weight_bytes["float32"] == 2 * verdict.weight_bytes["bfloat16"] == 4 * verdict.n_parameters
    assert verdict.spec.n_layers == 3 and verdict.longest_prompt == verdict.spec.max_context


def test_a_bundled_model_is_reported_in_a_few_lines() -> None:
    report = check_model("demo-llama").report()
    assert report.startswith("demo-llama: supported\n")
    assert "8 heads on 4 key/value heads" in report
    assert "512 tokens" in report and len(report.splitlines()) == 6


@pytest.mark.parametrize(
    ("config", "reason"), [(BertConfig(), "an encoder that fills in"), (T5Config(), "an encoder-decoder")]
)
def test_other_kinds_of_model_are_not_supported_and_the_verdict_says_why(tmp_path: Path, config, reason: str) -> None:
    config.save_pretrained(tmp_path)
    verdict = check_model(tmp_path)
    assert not verdict.is_supported and reason in verdict.reason
    assert verdict.spec is None and verdict.weight_bytes == {}
    with pytest.raises(ModelError, match=reason):
        load_model(tmp_path)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"num_attention_heads": 0}, "could be found or read"),
        ({"hidden_size": "wide"}, "hidden_size"),
        ({"hidden_activation": "no-such-function"}, "no model can be made from its config"),
    ],
)
def test_a_config_that_makes_no_model_is_a_verdict(saved: Path, change: dict, reason: str) -> None:
    config = json.loads((saved / "config.json").read_text())
    (saved / "config.json").write_text(json.dumps(config | change))
    verdict = check_model(saved)
    assert verdict.status == "not supported" and reason in verdict.reason
    assert verdict.report().startswith(f"{saved}: not supported\n")


def test_what_is_not_there_is_a_verdict() -> None:
    assert check_model("/no/such/place") == Verdict(
        "/no/such/place", "not supported", check_model("/no/such/place").reason
    )
    assert "there is no model directory" in check_model("/no/such/place").reason


def test_another_version_of_transformers_is_not_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "version", lambda package: "5.99.1")
    verdict = check_model("demo-llama")
    assert verdict.status == "supported, not verified here" and verdict.is_supported
    assert "5.99.1" in verdict.reason


def test_the_verified_version_is_the_pinned_one() -> None:
    assert f"transformers=={module.VERIFIED_TRANSFORMERS}." in (ROOT / "requirements.txt").read_text()


def test_the_table_has_every_architecture() -> None:
    rows = support_table().splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == sorted(ADAPTERS)


def test_the_readme_counts_them() -> None:
    assert f" {len(ADAPTERS)} architectures in transformers" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_documentation_shows_the_same_table() -> None:
    text = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    assert support_table() in text, "run: python -m strace_core models > and paste the table into docs/models.md"


def test_a_verdict_leaves_the_default_dtype_of_other_threads_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    set_to = []
    plain = torch.set_default_dtype
    monkeypatch.setattr(torch, "set_default_dtype", lambda dtype: (set_to.append(dtype), plain(dtype)))
    config = LlamaConfig(num_hidden_layers=1, vocab_size=10, dtype="bfloat16")
    assert module.count_parameters(config) > 0
    assert set(set_to) == {torch.float32}
