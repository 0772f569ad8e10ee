"""The script that Streamlit runs. It has no package of its own, so it imports one."""

from strace_explorer.pages import run

run()
