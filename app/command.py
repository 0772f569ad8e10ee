"""``s-trace``: the engine's commands, and ``explore``, which serves the page."""

import argparse
import os
import sys
from collections.abc import Sequence

from strace_core.cli.command import Command
from strace_core.cli.main import COMMANDS, run_command

from .access.settings import variable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``explore``."""
    parser.usage = "%(prog)s [--models FOLDER] [--studies FOLDER] [--hub] [OPTION OF STREAMLIT RUN ...]"
    parser.epilog = (
        "All other options go to streamlit run, such as --server.port 8600; those that have a name above go after --."
    )
    parser.add_argument(
        "--models", action="append", metavar="FOLDER", help="also offer the models in this folder; may be repeated"
    )
    parser.add_argument(
        "--studies", action="append", metavar="FOLDER", help="also offer the studies in this folder; may be repeated"
    )
    parser.add_argument("--hub", action="store_true", help="let visitors load models from the Hugging Face Hub")
    parser.set_defaults(unknown_options=[])


def run(given: argparse.Namespace) -> int:
    """Serve the page until interrupted."""
    for name, folders in (("model_roots", given.models), ("study_roots", given.studies)):
        if folders:
            os.environ[variable(name)] = os.pathsep.join(folders)
    if given.hub:
        os.environ[variable("allow_hub")] = "1"
    from .launch import serve  # brings in Streamlit, which the other commands do not need

    return serve([option for option in given.unknown_options if option != "--"])


EXPLORE = Command("explore", "start the explorer, at http://localhost:8501 by default", add_arguments, run)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command of the shell and return its exit code."""
    return run_command(arguments, program="s-trace", commands=(EXPLORE, *COMMANDS))


if __name__ == "__main__":
    sys.exit(main())
