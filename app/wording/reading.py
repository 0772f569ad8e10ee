"""The lines beside a prompt: what tracing it costs, and what the model predicts."""

from strace_core import TraceResult

from .tokens import spoken_token


def cost_line(n_tokens: int, n_edges: int, *, seconds: float | None) -> str:
    """Return, for example, "8 tokens · 1,234 edges · about 0.3 s to trace"; no time if the trace is cached already."""
    parts = [f"{n_tokens:,} token{'s' if n_tokens != 1 else ''}", f"{n_edges:,} edges"]
    if seconds is not None:
        parts.append(f"about {_duration(seconds)} to trace")
    return " · ".join(parts)


def answer_line(result: TraceResult) -> str:
    """Return what the full model predicts, and how certain it is."""
    top = result.top_tokens(k=1).iloc[0]
    entropy = float(result.curve["entropy"].iloc[-1])
    return f"next: {spoken_token(top['text'])} {top['probability']:.2f}, entropy {entropy:.1f} nats"


def _duration(seconds: float) -> str:
    if seconds >= 90:
        return f"{seconds / 60:.0f} min"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{max(seconds, 0.1):.1f} s"
