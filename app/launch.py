"""Starts the explorer, once its settings make sense."""

import sys
from pathlib import Path

from streamlit import net_util
from streamlit.web import cli

from strace_core import StraceError

from .access.settings import settings

MAIN = Path(__file__).resolve().parent / "main.py"
"""The script that Streamlit runs; its own settings lie beside it, in .streamlit/config.toml."""


def serve(arguments: list[str]) -> int:
    """Serve until stopped, with options of ``streamlit run``; 1, with a message, where a setting makes no sense."""
    try:
        settings()
    except StraceError as error:
        sys.stderr.write(f"The explorer cannot start: {error}\n")
        return 1
    ask_nobody_for_the_address()
    status: int = cli.main(["run", str(MAIN), *arguments], standalone_mode=False) or 0
    return status


def ask_nobody_for_the_address() -> None:
    """Keep Streamlit from asking a host on the internet for this machine's address.

    It would whenever a page of another site tries to connect, to compare addresses before it refuses.
    """
    net_util.get_external_ip = _unknown


def _unknown() -> None:
    """No address."""
