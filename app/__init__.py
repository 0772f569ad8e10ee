"""The explorer: a Streamlit page over strace_core. Installed, it is called strace_explorer."""
