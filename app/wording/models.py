"""A model described in one line."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strace_core import Verdict

_MEBIBYTE = 2**20


def model_facts(verdict: "Verdict") -> str:
    """Return whether a model can be traced, its shape, its size in memory, and the longest prompt that fits."""
    parts = [verdict.status]
    if verdict.spec is not None:
        parts.append(f"{verdict.spec.n_layers} blocks of {verdict.spec.n_heads} heads")
    if verdict.n_parameters is not None:
        in_memory = verdict.weight_bytes["float32"] / _MEBIBYTE
        parts.append(f"{_millions(verdict.n_parameters)} parameters, {in_memory:,.0f} MiB")
    if verdict.longest_prompt is not None:
        parts.append(f"up to {verdict.longest_prompt:,} tokens")
    return " · ".join(parts)


def _millions(n_parameters: int) -> str:
    if n_parameters >= 10**9:
        return f"{n_parameters / 10**9:.1f} B"
    return f"{n_parameters / 10**6:.1f} M"
