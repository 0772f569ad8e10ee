"""Save the default prompt's result, which a first visit shows while the model is still loading.

    python -m scripts.first_picture

Run it again when the demo model, the default prompt, the grid of sizes or the format of results changes; a test
compares the file with a fresh trace.
"""

from strace_explorer.explorer.sidebar import DEFAULT_MODEL, SCORE_RULES
from strace_explorer.service.cache import FIRST
from strace_explorer.wording.presets import DEFAULT_PRESET

from strace_core import load_model, save_result, trace_prompt


def main() -> None:
    """Trace the default prompt and save it where the page looks for it."""
    model, score = DEFAULT_MODEL, next(iter(SCORE_RULES))
    result = trace_prompt(load_model(model), DEFAULT_PRESET.prompt, score=score, sizes="dense")
    FIRST.path.parent.mkdir(parents=True, exist_ok=True)
    save_result(result, FIRST.path)


if __name__ == "__main__":
    main()
