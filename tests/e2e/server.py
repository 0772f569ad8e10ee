"""A Streamlit server as a user would start it, but with a home of its own and on a free port."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

REPOSITORY = Path(__file__).resolve().parents[2]
KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "TMPDIR", "OMP_NUM_THREADS", "HF_HUB_OFFLINE")
SECONDS_TO_START = 120
SECONDS_TO_STOP = 10


@dataclass(frozen=True)
class Server:
    """A running server: its address, the file that holds what it has said so far, and its process."""

    url: str
    log: Path
    pid: int

    def said(self, since: int = 0) -> str:
        """The log from character ``since`` on."""
        return self.log.read_text(encoding="utf-8", errors="replace")[since:]

    def troubles(self, since: int = 0) -> list[str]:
        """Lines of the log that tell of an exception or of a use that is on its way out."""
        return re.findall(r"^.*(?:Traceback|[Dd]eprecat|will be removed).*$", self.said(since), re.MULTILINE)


@contextmanager
def serve(script: Path, folder: Path, settings: Mapping[str, str] = MappingProxyType({})) -> Iterator[Server]:
    """Run ``script`` with the explorer's Streamlit settings, which it reads from the working directory.

    Home and log go into ``folder``. ``settings`` are environment variables.
    """
    command = [sys.executable, "-P", "-m", "streamlit", "run", str(script)]
    with serve_command(command, REPOSITORY / "app", folder, settings) as server:
        yield server


@contextmanager
def serve_command(
    command: Sequence[str], start: Path, folder: Path, settings: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Server]:
    """Run a command that serves and takes Streamlit's options, from the folder ``start``; for the rest as ``serve``."""
    port = _free_port()
    home = folder / "home"
    home.mkdir()
    log = folder / "server.log"
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [*command, "--server.port", str(port)],
            cwd=start,
            env=kept | {"HOME": str(home), "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"} | dict(settings),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(f"http://127.0.0.1:{port}", log, process.pid)
    try:
        _wait_until_healthy(server, process)
        yield server
    finally:
        _stop(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_healthy(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the server ended with status {process.returncode}:\n{server.said()}"
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError(f"the server was not healthy after {SECONDS_TO_START} s:\n{server.said()}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the server and whatever it started: they share a process group."""
    for ending in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, ending)
            process.wait(SECONDS_TO_STOP)
        except ProcessLookupError:
            process.wait()
            return
        except subprocess.TimeoutExpired:
            continue
