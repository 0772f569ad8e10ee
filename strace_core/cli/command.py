"""What a command of the command line consists of."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """One command.

    Attributes:
        name: What the user types.
        help: The phrase that describes it in the list of commands, without a full stop.
        add_arguments: Declares its arguments. A command whose parser has the default ``unknown_options`` receives
            there, as a list, the options that it did not declare; for all others such options are wrong usage.
        run: Runs it with the parsed arguments and returns the exit code.
    """

    name: str
    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
