"""``python -m strace_core``: the engine's commands."""

import sys

from strace_core.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
