"""ModelSpec: the dimensions of a model, read from its Hugging Face config."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from strace_core.errors import ModelError

if TYPE_CHECKING:
    from transformers import PretrainedConfig

UNTRAINED = ":untrained"
"""Suffix of the name of a randomly initialised model."""

MAX_LAYERS = 1000
"""A config with more blocks than this is treated as damaged."""


@dataclass(frozen=True)
class ModelSpec:
    """Name and dimensions of a model.

    Attributes:
        name: The name it was loaded by.
        revision: Branch, tag or commit on the Hub; None for the default one or a local model.
        architecture: ``model_type`` of its config.
        n_layers: Number of blocks.
        n_heads: Query heads per block.
        n_kv_heads: Key/value heads per block; fewer than ``n_heads`` with grouped-query attention.
        d_model: Width of the residual stream.
        d_head: Width of a query head.
        d_vocab: Size of the vocabulary.
        max_context: The most tokens that the model has positions for.
        parallel: Whether attention and MLP of a block read the same state.
    """

    name: str
    revision: str | None
    architecture: str
    n_layers: int
    n_heads: int
    n_kv_heads: int
    d_model: int
    d_head: int
    d_vocab: int
    max_context: int
    parallel: bool


def read_spec(config: "PretrainedConfig", name: str, *, revision: str | None, parallel: bool) -> ModelSpec:
    """Read the spec from ``config``.

    Args:
        config: Config of the model.
        name: Name of the model.
        revision: Its revision on the Hub, or None.
        parallel: Whether its blocks are parallel, which is up to its adapter.

    Raises:
        ModelError: A required field is missing or out of range.
    """
    n_heads = _positive_int(config, "num_attention_heads", name)
    d_model = _positive_int(config, "hidden_size", name)
    return ModelSpec(
        name=name,
        revision=revision,
        architecture=config.model_type,
        n_layers=_positive_int(config, "num_hidden_layers", name, largest=MAX_LAYERS),
        n_heads=n_heads,
        n_kv_heads=getattr(config, "num_key_value_heads", None) or n_heads,
        d_model=d_model,
        d_head=getattr(config, "head_dim", None) or d_model // n_heads,
        d_vocab=_positive_int(config, "vocab_size", name),
        max_context=_positive_int(config, "max_position_embeddings", name),
        parallel=parallel,
    )


def _positive_int(config: "PretrainedConfig", field: str, name: str, *, largest: int = 2**31 - 1) -> int:
    value = getattr(config, field, None)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= largest:
        raise ModelError(
            f"the config of {name!r} has {field} = {value!r}, not an integer from 1 to {largest:,}. "
            "Check that config.json is the one that was saved with the model."
        )
    return value
