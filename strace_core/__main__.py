"""``python -m strace_core``."""

import sys

from strace_core.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
