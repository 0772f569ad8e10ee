"""Save the default prompt's result, which a first visit shows while the model is still loading.

    python -m scripts.first_picture

Run it again when the demo model, the default prompt, the grid of sizes or the format of results changes; a test
compares the file with a fresh trace.
"""

from strace_core import load_model, save_result, trace_prompt
from strace_explorer.service.requests import FIRST


def main() -> None:
    """Trace the default prompt and save it where the page looks for it."""
    request = FIRST.request
    result = trace_prompt(load_model(request.model), request.prompt, score=request.score, sizes="dense")
    FIRST.path.parent.mkdir(parents=True, exist_ok=True)
    save_result(result, FIRST.path)


if __name__ == "__main__":
    main()
