"""Starts the explorer, once its settings make sense.

python -m app [options of streamlit run]
"""

import os
import sys
from pathlib import Path

from streamlit import net_util
from streamlit.web import cli

from app.settings import settings
from strace_core import StraceError

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: list[str]) -> int:
    """Serve until stopped; 1, with a message, where a setting makes no sense."""
    try:
        settings()
    except StraceError as error:
        sys.stderr.write(f"The explorer cannot start: {error}\n")
        return 1
    ask_nobody_for_the_address()
    os.chdir(ROOT)  # Streamlit looks for its own settings, .streamlit/config.toml, where it is started
    status: int = cli.main(["run", str(ROOT / "app" / "main.py"), *arguments], standalone_mode=False) or 0
    return status


def ask_nobody_for_the_address() -> None:
    """Keep Streamlit from asking a host on the internet for this machine's address.

    It would whenever a page of another site tries to connect, to compare addresses before it refuses.
    """
    net_util.get_external_ip = _unknown


def _unknown() -> None:
    """No address."""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
