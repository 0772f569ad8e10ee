"""Which packages a distribution holds. Everything else about it is in pyproject.toml.

The page lives in ``app/`` and installs as ``strace_explorer``; ``assets/`` installs inside ``strace_core``.
"""

from setuptools import find_packages, setup

FOLDERS = {"strace_core": "strace_core", "strace_explorer": "app", "strace_core.assets": "assets"}

setup(
    package_dir=FOLDERS,
    packages=[
        *find_packages(include=["strace_core", "strace_core.*"]),
        *(f"strace_explorer{name.removeprefix('app')}" for name in find_packages(include=["app", "app.*"])),
        "strace_core.assets",
    ],
)
