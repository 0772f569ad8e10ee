"""The command line: its parser, its errors and its exit codes.

Exit codes: 0, done; 1, the request cannot be met, with the reason on standard error; 2, wrong usage; 130, interrupted.
"""

import argparse
import sys
from collections.abc import Sequence

from strace_core.cli import doctor, models, study, trace
from strace_core.cli.command import Command
from strace_core.errors import StraceError
from strace_core.version import __version__

COMMANDS = (trace.COMMAND, study.COMMAND, doctor.COMMAND, models.COMMAND)
"""The engine's commands, in the order of ``--help``."""

DONE, REFUSED, INTERRUPTED = 0, 1, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the engine's commands and return its exit code."""
    return run_command(arguments, program="python -m strace_core", commands=COMMANDS)


def run_command(arguments: Sequence[str] | None, *, program: str, commands: Sequence[Command]) -> int:
    """Run one of ``commands`` and return its exit code.

    Args:
        arguments: What follows the program's name; None for the arguments of this process.
        program: The program's name in help and messages.
        commands: The commands there are, in the order of ``--help``.
    """
    given = _parsed(_parser(program, commands), arguments)
    try:
        code: int = given.run(given)
    except StraceError as error:
        sys.stderr.write(f"{given.program}: {error}\n")
        return REFUSED
    except KeyboardInterrupt:
        sys.stderr.write(f"{given.program}: interrupted\n")
        return INTERRUPTED
    except BrokenPipeError:  # the reader of standard output has closed it
        sys.stderr.close()
        return DONE
    return code


def _parser(program: str, commands: Sequence[Command]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(program, description="Trace how little of a language model a prediction takes.")
    parser.add_argument("--version", action="version", version=f"{program} {__version__}")
    choices = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in commands:
        own = choices.add_parser(
            command.name, help=command.help, description=f"{command.help[0].upper()}{command.help[1:]}."
        )
        command.add_arguments(own)
        own.set_defaults(run=command.run, program=own.prog)
    return parser


def _parsed(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the arguments; options that no command knows are an error, unless the command takes them."""
    given, unknown = parser.parse_known_args(arguments)
    if "unknown_options" in given:
        given.unknown_options = unknown
    elif unknown:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    return given
