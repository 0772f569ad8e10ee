import pytest
import torch

from strace_core import NumericalError, load_model
from strace_core.model.adapters import RowwiseMLP
from strace_core.model.loaded import LoadedModel
from strace_core.model.self_check import N_PROBE_TOKENS, probe_tokens, require, self_check
from tests.core.tiny_models import CONFIGS, tiny_model


@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_every_architecture_passes(name: str) -> None:
    check = self_check(tiny_model(name))
    assert check.ok and check.parts < 1e-5 and check.output < 1e-5


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision_passes_by_its_own_limits(dtype: str) -> None:
    check = self_check(load_model("demo-gpt2", dtype=dtype, device="cpu"))
    assert check.ok and check.dtype == dtype and dtype in check.report()


def replaced(model: LoadedModel, **parts: object) -> LoadedModel:
    """The model with other parts in block 1."""
    blocks = [*model.blocks]
    blocks[1] = type(blocks[1])(**vars(blocks[1]) | parts)
    return type(model)(**vars(model) | {"blocks": tuple(blocks)})


def test_a_block_that_computes_something_else_than_its_parts_is_refused() -> None:
    """The output differs from the plain model's when a part is not what the model itself uses."""
    model = tiny_model("llama")
    doubled = RowwiseMLP((*model.blocks[1].mlp.modules, torch.nn.Threshold(0.0, 0.0)))
    check = self_check(replaced(model, mlp=doubled))
    assert not check.ok and check.output > 1e-3
    with pytest.raises(NumericalError, match="'tiny-llama' cannot be traced: its parts do not add up .*FAILED"):
        require(check, model)


def test_an_attention_output_that_is_not_the_heads_sum_is_refused() -> None:
    """As if a gate stood between the heads and what attention adds."""
    model = tiny_model("llama")
    hook = model.blocks[1].attention_output.register_forward_hook(lambda module, args, output: output + 1)
    check = self_check(model)
    hook.remove()
    assert check.parts > 1e-2 and check.worst_block == 1 and check.output < 1e-5
    with pytest.raises(NumericalError, match="worst in block 1"):
        require(check, model)


def test_the_probe_spreads_over_the_vocabulary_and_fits_the_context() -> None:
    model = tiny_model("llama")
    tokens = probe_tokens(model)
    assert len({*tokens}) == N_PROBE_TOKENS
    assert max(tokens) < model.spec.d_vocab and min(tokens) < model.spec.d_vocab / N_PROBE_TOKENS
