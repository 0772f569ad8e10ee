"""The explorer, which writes into its log when a trace begins and how it ends."""

import runpy
import sys
from pathlib import Path
from typing import Any

import strace_core
from strace_core import Progress, TraceResult

MAIN = Path(__file__).resolve().parents[3] / "app" / "main.py"


def say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


class WatchedTracing:
    """The engine's trace_prompt, watched."""

    def __init__(self) -> None:
        self.plain = strace_core.trace_prompt

    def __call__(self, model: Any, prompt: Any, **options: Any) -> TraceResult:
        if isinstance(prompt, list):  # the trial that comes with loading
            return self.plain(model, prompt, **options)
        n_tokens, report, stage = len(prompt.prompt), options.pop("on_progress"), "start"

        def watched(progress: Progress) -> None:
            nonlocal stage
            stage = progress.stage
            report(progress)

        say(f"trace of {n_tokens} tokens begun")
        try:
            result = self.plain(model, prompt, on_progress=watched, **options)
        except BaseException:
            say(f"trace of {n_tokens} tokens stopped in stage {stage}")
            raise
        say(f"trace of {n_tokens} tokens finished")
        return result


if type(strace_core.trace_prompt).__name__ != WatchedTracing.__name__:  # once for the process, not for each run
    strace_core.trace_prompt = WatchedTracing()
runpy.run_path(str(MAIN), run_name="__main__")
