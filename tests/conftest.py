"""What holds in every test: array types are checked, threads are few, no other machine is reached."""

import os

# Before torch, numba or a child process reads them. Tests that run beside others have one thread each, whatever the
# process that started theirs has set for itself: two that wait for each other on busy cores take ten times as long.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["OMP_NUM_THREADS"] = "1"
os.environ.setdefault("OMP_NUM_THREADS", "2")
os.environ["HF_HUB_OFFLINE"] = "1"

import socket
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest

from tests import array_types

array_types.install("strace_core")

# No deadline: tests are not timed. Derandomised: the same commit gives the same result.
hypothesis.settings.register_profile("strace", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("strace")

LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Python code under test reaches no other machine; tests/e2e watches the browser."""
    connect = socket.socket.connect

    def connect_here(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(LOOPBACK):
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_here)
        yield
