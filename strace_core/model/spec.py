"""ModelSpec: the numbers of an architecture that the method needs, read from a Hugging Face config."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from strace_core.errors import ModelError

if TYPE_CHECKING:
    from transformers import PretrainedConfig

UNTRAINED = ":untrained"
"""What the name of a model with freshly drawn weights ends in."""

MOST_LAYERS = 1000
"""A config with more blocks than this is taken for damaged."""


@dataclass(frozen=True)
class ModelSpec:
    """Name and dimensions of one model.

    ``max_context`` is the longest context in tokens the model has positions for. ``parallel`` tells whether attention
    and MLP of a block read the same state.
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
    """The spec of ``config``; raises ModelError naming the first field it lacks."""
    n_heads = _positive_int(config, "num_attention_heads", name)
    d_model = _positive_int(config, "hidden_size", name)
    return ModelSpec(
        name=name,
        revision=revision,
        architecture=config.model_type,
        n_layers=_positive_int(config, "num_hidden_layers", name, largest=MOST_LAYERS),
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
            f"the config of {name!r} has {field} = {value!r}; expected an integer from 1 to {largest:,}. "
            "Check that config.json is the one the model was saved with."
        )
    return value
