"""Starts the explorer, after checking its settings."""

import sys
from pathlib import Path

from streamlit import net_util
from streamlit.web import cli

from strace_core import StraceError

from .access.settings import settings

MAIN = Path(__file__).resolve().parent / "main.py"
"""The script that Streamlit runs. Streamlit's own settings are beside it, in .streamlit/config.toml."""


def serve(arguments: list[str]) -> int:
    """Serve until stopped, with options of ``streamlit run``. Return 1, with a message, if a setting is invalid."""
    try:
        settings()
    except StraceError as error:
        sys.stderr.write(f"The explorer cannot start: {error}\n")
        return 1
    disable_address_lookup()
    status: int = cli.main(["run", str(MAIN), *arguments], standalone_mode=False) or 0
    return status


def disable_address_lookup() -> None:
    """Keep Streamlit from asking an outside host for this machine's address.

    Whenever another site's page tries to connect, Streamlit would look the address up before it refuses.
    """
    net_util.get_external_ip = _no_address


def _no_address() -> None:
    """Know no address."""
