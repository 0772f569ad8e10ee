"""``doctor``: whether a model can be traced."""

import argparse
import sys

from strace_core.cli.command import Command
from strace_core.cli.options import add_model, load


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_model(parser)
    parser.add_argument("--config-only", action="store_true", help="read the config only, without loading the weights")


def run(given: argparse.Namespace) -> int:
    """Print the verdict on the model, then the self-check; 1 if the model is not supported."""
    # These bring in torch, which --help does not need.
    from strace_core.compatibility import check_model
    from strace_core.model.self_check import self_check

    verdict = check_model(given.model, revision=given.revision)
    sys.stdout.write(verdict.report() + "\n")
    if not verdict.is_supported:
        return 1
    if not given.config_only:
        sys.stdout.write(f"  {self_check(load(given)).report()}\n")
    return 0


COMMAND = Command("doctor", "check whether a model can be traced, and that its parts add up", add_arguments, run)
