"""A Chromium for the browser tests. ``python -m tests.e2e.browser`` finds or installs one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

# The first has no window, and so less to draw.
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
)
DEBIAN_PACKAGES = ("chromium-headless-shell", "fonts-dejavu", "fonts-noto-color-emoji")
HOW_TO_GET_ONE = (
    "The browser tests need Chromium and found none. Install it with the system's package manager "
    "(Debian: sudo apt-get install chromium-headless-shell), or for this environment alone with "
    f"{sys.executable} -m playwright install chromium."
)
FLAGS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    # A page that asks for another host is reported by the guard; this makes sure that nothing is sent.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)


class NoBrowserError(Exception):
    """There is no Chromium on this machine, and none could be installed."""


def find_chromium(playwright: Playwright) -> str:
    """Path of a Chromium: the first on the PATH, else Playwright's own. Raises NoBrowserError."""
    on_path = (shutil.which(name) for name in NAMES)
    candidates = [*filter(None, on_path), playwright.chromium.executable_path]
    for candidate in candidates:
        if Path(candidate).is_file():
            return candidate
    raise NoBrowserError(HOW_TO_GET_ONE)


def install_chromium() -> None:
    """Debian's package, where the user may install it. Raises NoBrowserError."""
    apt_get = shutil.which("apt-get")
    if apt_get is None or os.geteuid() != 0:
        raise NoBrowserError(HOW_TO_GET_ONE)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (("update",), ("install", "--yes", "--no-install-recommends", *DEBIAN_PACKAGES)):
        status = subprocess.run([apt_get, *arguments], env=environment, stdin=subprocess.DEVNULL).returncode
        if status != 0:
            raise NoBrowserError(f"apt-get {arguments[0]} failed with status {status}. {HOW_TO_GET_ONE}")


def launch(playwright: Playwright) -> Browser:
    """A headless Chromium that sends nothing of its own to the network. Raises NoBrowserError.

    Playwright leaves the sandbox off, as it must be for root; the pages are our own.
    """
    return playwright.chromium.launch(
        executable_path=find_chromium(playwright), args=list(FLAGS), chromium_sandbox=False
    )


def main() -> int:
    """Find a Chromium, or install one and find that; 0 if there is one now."""
    with sync_playwright() as playwright:
        try:
            try:
                path = find_chromium(playwright)
            except NoBrowserError:
                install_chromium()
                path = find_chromium(playwright)
        except NoBrowserError as error:
            sys.stderr.write(f"{error}\n")
            return 1
    sys.stdout.write(f"Browser tests use {path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
