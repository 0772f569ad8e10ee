"""What a config says about a model before it is loaded: whether it can be traced, its size, its longest prompt."""

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import torch
from transformers import CONFIG_MAPPING, AutoModelForCausalLM, PretrainedConfig

from strace_core.errors import StraceError, first_line
from strace_core.evaluate.memory import available_bytes, in_gib, longest_prompt, trace_memory
from strace_core.model.adapters import Adapter
from strace_core.model.architectures import ADAPTERS, adapter_for
from strace_core.model.devices import BYTES_PER_WEIGHT
from strace_core.model.sources.config import UNUSABLE, load_config
from strace_core.model.sources.resolve import resolve
from strace_core.model.spec import ModelSpec, read_spec

VERIFIED_TRANSFORMERS = "5.23"
"""The version of transformers that every architecture was tested with."""

REPORTED_LENGTHS = (32, 128, 512)
"""Prompt lengths, in tokens, whose memory a report states."""


@dataclass(frozen=True)
class Verdict:
    """Whether a model can be traced, judged from its config.

    Attributes:
        name: The name the model was looked up by.
        status: "supported", "supported, not verified here" or "not supported".
        reason: The reason, in words.
        spec: Dimensions of the model; None if its config cannot be read or its architecture is unsupported.
        n_parameters: Number of parameters; None if unknown.
        longest_prompt: The most tokens whose trace in float32 fits into this computer's free memory together with the
            weights; None if unknown.
    """

    name: str
    status: str
    reason: str
    spec: ModelSpec | None = None
    n_parameters: int | None = None
    longest_prompt: int | None = None

    @property
    def is_supported(self) -> bool:
        """Whether ``load_model`` attempts to load it."""
        return self.status != "not supported"

    @property
    def weight_bytes(self) -> dict[str, int]:
        """Bytes of the weights in each dtype; empty if the number of parameters is unknown."""
        return {} if self.n_parameters is None else {d: b * self.n_parameters for d, b in BYTES_PER_WEIGHT.items()}

    def report(self) -> str:
        """Return the verdict as a few lines of text."""
        lines = [f"{self.name}: {self.status}", f"  {self.reason}"]
        if self.spec is not None:
            s = self.spec
            kind = "attention and MLP in parallel" if s.parallel else "MLP after attention"
            lines.append(
                f"  {s.architecture}: {s.n_layers} blocks ({kind}), {s.n_heads} heads on {s.n_kv_heads} key/value "
                f"heads, width {s.d_model:,}, vocabulary {s.d_vocab:,}, context {s.max_context:,}"
            )
        if self.n_parameters is not None:
            sizes = ", ".join(f"{in_gib(n_bytes)} in {dtype}" for dtype, n_bytes in self.weight_bytes.items())
            lines.append(f"  {self.n_parameters / 1e6:,.1f} M parameters: {sizes}")
        if self.spec is not None:
            lengths = [n for n in REPORTED_LENGTHS if n <= self.spec.max_context]
            needed = ", ".join(f"{n} tokens {in_gib(trace_memory(self.spec, n).total)}" for n in lengths)
            lines.append(f"  memory of a trace, on top of the weights: {needed}")
        if self.longest_prompt is not None:
            lines.append(f"  longest prompt that fits into memory here, in float32: {self.longest_prompt:,} tokens")
        return "\n".join(lines)


def check_model(name_or_path: str | Path, *, revision: str | None = None) -> Verdict:
    """Check from its config alone whether a model can be traced. No weights are loaded.

    A model that is missing or unsupported gets a verdict that says so, not an error.

    Args:
        name_or_path: Bundled name, local directory or Hub id, as in ``load_model``.
        revision: Branch, tag or commit of a Hub id.
    """
    name = str(name_or_path)
    try:
        config = load_config(resolve(name), name, revision)
        adapter = adapter_for(config, name)
        spec = read_spec(config, name, revision=revision, parallel=adapter.parallel)
    except StraceError as error:
        return Verdict(name, "not supported", str(error))
    try:
        n_parameters = count_parameters(config)
    except UNUSABLE as error:
        return Verdict(name, "not supported", f"no model can be made from its config ({first_line(error)}).", spec)
    free = available_bytes(torch.device("cpu")) - BYTES_PER_WEIGHT["float32"] * n_parameters
    longest = longest_prompt(spec, max(0, free))
    installed = version("transformers")
    if installed.startswith(f"{VERIFIED_TRANSFORMERS}."):
        status, reason = "supported", f"tested on a tiny {spec.architecture} with transformers {VERIFIED_TRANSFORMERS}"
    else:
        status = "supported, not verified here"
        reason = (
            f"tested with transformers {VERIFIED_TRANSFORMERS}, but {installed} is installed; "
            "a self-check runs when the model is loaded"
        )
    return Verdict(name, status, reason, spec, n_parameters, longest)


def count_parameters(config: PretrainedConfig) -> int:
    """Return the number of parameters of the model that a config describes; tied ones count once."""
    with torch.device("meta"):
        # With the config's own dtype, transformers would change torch's default dtype, for other threads too.
        module = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    return sum(parameter.numel() for parameter in module.parameters())


def support_table() -> str:
    """Return the supported architectures as a Markdown table."""
    rows = ["| architecture | block | norms | notes |", "|---|---|---|---|"]
    for name in sorted(ADAPTERS):
        adapter = adapter_for(CONFIG_MAPPING[name](), name)
        block = "parallel" if adapter.parallel else "sequential"
        if not isinstance(ADAPTERS[name], Adapter) and name != "opt":
            block = "sequential or parallel, depending on its config"
        before = bool(adapter.pre_attention_norm or adapter.pre_mlp_norm)
        after = bool(adapter.post_attention_norm or adapter.post_mlp_norm)
        norms = {(True, False): "before", (False, True): "after", (True, True): "before and after"}[before, after]
        rows.append(f"| `{name}` | {block} | {norms} | {_notes(name, adapter)} |")
    return "\n".join(rows)


def _notes(name: str, adapter: Adapter) -> str:
    notes = {
        "computes attention itself": bool(adapter.own_attention),
        "residual multiplier": bool(adapter.residual_multiplier),
        "only with do_layer_norm_before": name == "opt",
    }
    return ", ".join(note for note, holds in notes.items() if holds)
