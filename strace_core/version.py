"""The version of the installed distribution, which pyproject.toml sets."""

from importlib.metadata import version

__version__ = version("strace-explorer")
