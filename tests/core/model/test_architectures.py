"""Every architecture, on a tiny random model made from its config, through the same list of checks."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from transformers import OPTConfig, PretrainedConfig

from strace_core.errors import ModelError
from strace_core.evaluate import masked_forward
from strace_core.evaluate.masked_forward import subgraph_logits
from strace_core.graph.layout import EdgeLayout
from strace_core.kinds import KINDS
from strace_core.model.adapters import attention_output_weight
from strace_core.model.architectures import ADAPTERS, adapter_for
from strace_core.model.block_forward import run_block, run_blocks
from strace_core.model.capture import BlockActivations, capture
from strace_core.model.loaded import LoadedModel
from strace_core.model.unembed import unembed
from strace_core.trace.growth import grow_best_first
from strace_core.trace.trace import Trace
from tests.core import reference
from tests.core.tiny_models import CONFIGS, plain_logits, tiny_model

TOKENS = (7, 3, 41, 3, 19)
NAMED = {
    "gpt2", "gpt_neox", "llama", "mistral", "mixtral", "qwen2", "qwen3", "qwen3_moe", "gemma", "gemma2",
    "gemma3_text", "olmo", "olmo2", "olmo3", "olmoe", "phi", "phi3", "stablelm", "starcoder2", "smollm3", "granite",
    "cohere", "cohere2", "nemotron", "glm4", "exaone4", "gpt_oss", "helium", "opt", "persimmon", "ernie4_5", "gpt_neo",
    "gptj",
}  # fmt: skip


@pytest.fixture(scope="module", params=sorted(CONFIGS))
def model(request: pytest.FixtureRequest) -> LoadedModel:
    return tiny_model(request.param)


@pytest.fixture(scope="module")
def layout(model: LoadedModel) -> EdgeLayout:
    return EdgeLayout(model.spec.n_layers, model.spec.n_heads, len(TOKENS), model.spec.parallel)


@pytest.fixture(scope="module")
def trace(layout: EdgeLayout) -> Trace:
    scores = np.random.default_rng(3).random(layout.n_edges, dtype=np.float32)
    return Trace(layout, grow_best_first(layout, scores))


@pytest.fixture(scope="module")
def plain(model: LoadedModel) -> np.ndarray:
    return plain_logits(model, TOKENS).numpy()


def logits_of(model: LoadedModel, trace: Trace, sizes: list[int]) -> np.ndarray:
    return np.concatenate([logits for _, logits in subgraph_logits(model, TOKENS, trace, np.array(sizes))])


def assert_close(found: np.ndarray, expected: np.ndarray, message: str = "") -> None:
    """Equal up to rounding: to 1e-5 of the largest logit, and a little for values near zero."""
    scale = max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(found, expected, atol=1e-5 * scale, rtol=1e-4, err_msg=message)


def test_captured_and_fully_unmasked_logits_equal_the_plain_ones(
    model: LoadedModel, trace: Trace, plain: np.ndarray
) -> None:
    captured = unembed(model, capture(model, TOKENS).output[-1:])[0].numpy()
    assert_close(captured, plain)
    assert_close(logits_of(model, trace, [trace.layout.n_edges])[0], plain)


def test_parts_add_up_to_the_stream_at_every_node(model: LoadedModel) -> None:
    blocks = capture(model, TOKENS).blocks
    for states, parts, following in zip(blocks, model.blocks, [*blocks[1:], None], strict=True):
        weight = attention_output_weight(parts.attention_output, model.spec.n_heads)
        raw = torch.einsum("hts,hsd,hdm->tm", states.pattern, states.values, weight)
        bias = getattr(parts.attention_output, "bias", None)
        raw = raw if bias is None else raw + bias.detach()
        torch.testing.assert_close(raw, states.attn_raw, atol=1e-5, rtol=1e-4)
        with torch.no_grad():
            attn_out = parts.post_attention_norm(raw[None])[0] * parts.residual_multiplier
        torch.testing.assert_close(attn_out, states.attn_out, atol=1e-5, rtol=1e-4)
        after_attention = states.resid_pre + states.attn_out
        resid_mid = states.resid_pre if model.spec.parallel else after_attention
        torch.testing.assert_close(states.resid_mid, resid_mid, atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(states.resid_post, after_attention + states.mlp_out, atol=1e-5, rtol=1e-4)
        if following is not None:
            assert torch.equal(following.resid_pre, states.resid_post)


def test_captured_states_are_those_of_the_loops(model: LoadedModel) -> None:
    """The reference computes every node from explicit edges, with patterns of the model's own eager attention."""
    run = reference.run(model, TOKENS, set(reference.edges_of(model, len(TOKENS))))
    blocks = capture(model, TOKENS).blocks
    for node, state in nodes_of(model, blocks):
        torch.testing.assert_close(state, run.nodes[node], atol=2e-5, rtol=1e-4)


def nodes_of(
    model: LoadedModel, blocks: tuple[BlockActivations, ...]
) -> Iterator[tuple[tuple[int, int], torch.Tensor]]:
    """Captured states by (depth, token), of the nodes that reach the output."""
    for layer, states in enumerate(blocks):
        for token in range(len(TOKENS)):
            if layer == model.spec.n_layers - 1 and token < len(TOKENS) - 1:
                continue
            if model.spec.parallel:
                yield (layer + 1, token), states.resid_post[token]
            else:
                yield (2 * layer + 1, token), states.resid_mid[token]
                yield (2 * layer + 2, token), states.resid_post[token]


def test_edges_are_counted_by_the_formula(model: LoadedModel, layout: EdgeLayout) -> None:
    spec, n_tokens = model.spec, len(TOKENS)
    attention = spec.n_heads * n_tokens * (n_tokens + 1) // 2
    others, at_output = (2, 2) if spec.parallel else (3, 3)
    assert layout.n_edges == (spec.n_layers - 1) * (attention + others * n_tokens) + spec.n_heads * n_tokens + at_output
    assert layout.n_edges == len(reference.edges_of(model, n_tokens))


def test_every_size_equals_the_loops(model: LoadedModel, trace: Trace) -> None:
    edges = reference.edges_of(model, len(TOKENS))
    sizes = [2, 11, 40, 95, 150, trace.layout.n_edges - 1]
    for size, found in zip(sizes, logits_of(model, trace, sizes), strict=True):
        kept = {edges[edge] for edge in trace.order[:size]}
        assert_close(found, reference.run(model, TOKENS, kept).logits.numpy(), f"{size} edges")


@pytest.mark.parametrize("masked", ["attention", "mlp", "residual"])
def test_masking_one_kind_changes_the_logits_and_equals_the_loops(
    model: LoadedModel, layout: EdgeLayout, plain: np.ndarray, masked: str
) -> None:
    dropped = np.array([KINDS[kind].startswith(masked) for kind in layout.kind])
    order = np.concatenate([np.flatnonzero(~dropped), np.flatnonzero(dropped)])
    found = logits_of(model, Trace(layout, order), [int((~dropped).sum())])[0]
    assert np.abs(found - plain).max() > 1e-3 * np.abs(plain).max()
    edges = reference.edges_of(model, len(TOKENS))
    kept = {edge for edge, is_dropped in zip(edges, dropped, strict=True) if not is_dropped}
    assert_close(found, reference.run(model, TOKENS, kept).logits.numpy())


def test_batched_equals_one_by_one(model: LoadedModel, trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = [0, 3, 40, 120, trace.layout.n_edges]
    together = logits_of(model, trace, sizes)
    monkeypatch.setattr(masked_forward, "MAX_BATCH_TOKENS", 1)
    assert_close(logits_of(model, trace, sizes), together)


def test_nothing_is_left_behind(model: LoadedModel, trace: Trace, plain: np.ndarray) -> None:
    implementation = model.module.config._attn_implementation
    logits_of(model, trace, [50])

    def fail(layer, parts, resid_pre, arguments):
        if layer == 1:
            raise KeyboardInterrupt
        return run_block(parts, resid_pre, None, arguments, parallel=model.spec.parallel).resid_post

    with pytest.raises(KeyboardInterrupt), torch.no_grad():
        run_blocks(model, torch.tensor([TOKENS]), fail)
    assert model.module.config._attn_implementation == implementation != "strace"
    for module in model.module.modules():
        assert not {"forward", "_attn", "_strace_site"} & vars(module).keys()
    assert (plain_logits(model, TOKENS).numpy() == plain).all()


# What the tiny models cover


def test_every_named_architecture_is_there() -> None:
    assert ADAPTERS.keys() >= NAMED


def test_every_adapter_has_a_tiny_model_and_every_variant_its_own_blocks() -> None:
    adapters = {name: adapter_for(config, name) for name, config in CONFIGS.items()}
    assert adapters["gpt_neox"].parallel and not adapters["gpt_neox-sequential"].parallel
    assert adapters["stablelm-parallel"].parallel and not adapters["stablelm"].parallel


def has(config: PretrainedConfig, field: str, default: float = 0) -> float:
    """A field of a config; ``default`` where it is missing or None."""
    value = getattr(config, field, None)
    return default if value is None else value


FEATURES = {
    "post-norms": lambda c, a: a.post_attention_norm and a.post_mlp_norm,
    "grouped queries": lambda c, a: 1 < has(c, "num_key_value_heads") < c.num_attention_heads,
    "head_dim not d_model / n_heads": lambda c, a: has(c, "head_dim") * c.num_attention_heads > c.hidden_size,
    "sliding window shorter than the prompt": lambda c, a: has(c, "sliding_window", 99) < len(TOKENS),
    "attention sinks": lambda c, a: c.model_type == "gpt_oss",
    "soft-caps": lambda c, a: has(c, "attn_logit_softcapping") and has(c, "final_logit_softcapping"),
    "residual multiplier": lambda c, a: a.residual_multiplier and has(c, a.residual_multiplier) != 1,
    "scaled embeddings": lambda c, a: has(c, "embedding_multiplier", 1) != 1,
    "mixture of experts": lambda c, a: has(c, "num_local_experts") > 1,
    "tied heads": lambda c, a: c.tie_word_embeddings,
    "own attention": lambda c, a: a.own_attention,
    "several modules as MLP": lambda c, a: isinstance(a.mlp, tuple),
}


@pytest.mark.parametrize("feature", FEATURES)
def test_every_feature_is_in_a_tiny_model(feature: str) -> None:
    assert any(FEATURES[feature](config, adapter_for(config, name)) for name, config in CONFIGS.items())


def test_biases_are_in_a_tiny_model() -> None:
    """On the output projection, where the bias is on no edge."""
    assert tiny_model("gpt2").blocks[0].attention_output.bias is not None
    assert tiny_model("granite").blocks[0].attention_output.bias is not None


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (OPTConfig(do_layer_norm_before=False), "do_layer_norm_before = false"),
        (OPTConfig(word_embed_proj_dim=512, hidden_size=768), "word_embed_proj_dim = 512 and hidden_size = 768"),
    ],
)
def test_a_config_whose_blocks_do_not_add_up_is_refused(config: PretrainedConfig, reason: str) -> None:
    with pytest.raises(ModelError, match=reason):
        adapter_for(config, "some OPT")
