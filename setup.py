"""Which packages a distribution holds. Everything else about it is in pyproject.toml.

The page lives in ``app/`` and is installed as ``strace_explorer``; ``assets/`` is installed inside ``strace_core``.
"""

from setuptools import find_namespace_packages, setup

FOLDERS = {"strace_core": "strace_core", "strace_explorer": "app", "strace_core.assets": "assets"}
SHIPPED_ASSETS = ["first", "models", "study", "study_guided"]


def packages_in(folder: str) -> list[str]:
    """Name every folder in ``folder``, itself included: those without an __init__.py hold modules or data too."""
    return find_namespace_packages(include=[folder, f"{folder}.*"], exclude=["*.__pycache__"])


setup(
    package_dir=FOLDERS,
    packages=[
        *packages_in("strace_core"),
        "strace_core.assets",
        *(f"strace_core.assets.{name}" for name in SHIPPED_ASSETS),
        *(f"strace_explorer{name.removeprefix('app')}" for name in packages_in("app")),
    ],
)
