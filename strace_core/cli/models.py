"""``models``: the architectures that can be traced."""

import argparse
import sys

from strace_core.cli.command import Command


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments: none."""


def run(given: argparse.Namespace) -> int:
    """Print the table of supported architectures."""
    from strace_core.compatibility import support_table  # brings in torch, which --help does not need

    sys.stdout.write(support_table() + "\n")
    return 0


COMMAND = Command("models", "list the supported architectures", add_arguments, run)
