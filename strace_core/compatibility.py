"""The verdict on a model before it is loaded: can it be traced, how large is it, how long may its prompts be."""

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import torch
from transformers import CONFIG_MAPPING, AutoModelForCausalLM, PretrainedConfig

from strace_core.errors import StraceError
from strace_core.evaluate.memory import available_bytes, in_gib, longest_prompt, trace_memory
from strace_core.model.adapters import Adapter
from strace_core.model.architectures import ADAPTERS, adapter_for
from strace_core.model.sources.resolve import UNUSABLE, first_line, load_config, resolve
from strace_core.model.spec import ModelSpec, read_spec

VERIFIED_TRANSFORMERS = "5.23"
"""The version of transformers in which every architecture went through the tests."""

BYTES_BY_DTYPE = {"float32": 4, "bfloat16": 2, "float16": 2}
SHOWN_LENGTHS = (32, 128, 512)


@dataclass(frozen=True)
class Verdict:
    """What a config tells about a model.

    ``status`` is "supported", "supported, not verified here" or "not supported", ``reason`` why in words. The rest is
    known where the config could be read and has an adapter: dimensions, number of parameters, and the longest prompt,
    in tokens, whose trace in float32 fits beside the weights in the memory that is free on this computer.
    """

    name: str
    status: str
    reason: str
    spec: ModelSpec | None = None
    n_parameters: int | None = None
    longest_prompt: int | None = None

    @property
    def is_supported(self) -> bool:
        """Whether load_model will try."""
        return self.status != "not supported"

    @property
    def weight_bytes(self) -> dict[str, int]:
        """Bytes of the weights by dtype; empty if their number is not known."""
        return {} if self.n_parameters is None else {d: b * self.n_parameters for d, b in BYTES_BY_DTYPE.items()}

    def report(self) -> str:
        """The verdict as a few lines of text."""
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
            lengths = [n for n in SHOWN_LENGTHS if n <= self.spec.max_context]
            needed = ", ".join(f"{n} tokens {in_gib(trace_memory(self.spec, n).total)}" for n in lengths)
            lines.append(f"  a trace takes, beside the weights: {needed}")
        if self.longest_prompt is not None:
            lines.append(f"  the longest prompt that fits here, in float32: {self.longest_prompt:,} tokens")
        return "\n".join(lines)


def check_model(name_or_path: str | Path, *, revision: str | None = None) -> Verdict:
    """The verdict on a model from its config alone; nothing else is read and no weights are loaded.

    A model that cannot be traced, or is not there, is a verdict, not an error.
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
    free = available_bytes(torch.device("cpu")) - BYTES_BY_DTYPE["float32"] * n_parameters
    longest = longest_prompt(spec, max(0, free))
    installed = version("transformers")
    if installed.startswith(f"{VERIFIED_TRANSFORMERS}."):
        status, reason = "supported", f"tested on a tiny {spec.architecture} in transformers {VERIFIED_TRANSFORMERS}"
    else:
        status = "supported, not verified here"
        reason = f"tested in transformers {VERIFIED_TRANSFORMERS}, and this is {installed}; loading it checks the parts"
    return Verdict(name, status, reason, spec, n_parameters, longest)


def count_parameters(config: PretrainedConfig) -> int:
    """Parameters of the model that a config describes; tied ones count once."""
    with torch.device("meta"):
        # For the config's own dtype torch's default would change, for other threads too.
        module = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    return sum(parameter.numel() for parameter in module.parameters())


def support_table() -> str:
    """All architectures as a Markdown table."""
    rows = ["| architecture | block | norms of a block | more |", "|---|---|---|---|"]
    for name in sorted(ADAPTERS):
        adapter = adapter_for(CONFIG_MAPPING[name](), name)
        block = "parallel" if adapter.parallel else "sequential"
        if not isinstance(ADAPTERS[name], Adapter) and name != "opt":
            block = "sequential or parallel, by its config"
        before = bool(adapter.pre_attention_norm or adapter.pre_mlp_norm)
        after = bool(adapter.post_attention_norm or adapter.post_mlp_norm)
        norms = {(True, False): "before", (False, True): "after", (True, True): "before and after"}[before, after]
        rows.append(f"| `{name}` | {block} | {norms} | {_more(name, adapter)} |")
    return "\n".join(rows)


def _more(name: str, adapter: Adapter) -> str:
    notes = {
        "computes attention itself": bool(adapter.own_attention),
        "residual multiplier": bool(adapter.residual_multiplier),
        "only with do_layer_norm_before": name == "opt",
    }
    return ", ".join(note for note, holds in notes.items() if holds)
