"""``python -m strace_explorer [options of streamlit run]`` serves the page."""

import sys

from .launch import serve

if __name__ == "__main__":
    sys.exit(serve(sys.argv[1:]))
