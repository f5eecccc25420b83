"""Chromium for the browser tests and the screenshots: found, or Debian's package installed.

Where neither works, `find` says why, and whoever asked skips with that reason.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_APT_TIMEOUT_S = 300.0


class NoBrowserError(Exception):
    """There is no browser, and none can be installed; the message says why."""


def find(*, install: bool = True) -> Path:
    """Chromium's program: `TACTFUL_BROWSER`, else from PATH, else Debian's package.

    Args:
        install: whether the package may be installed (as root, where apt-get is).

    Raises:
        NoBrowserError: there is none.
    """
    named = os.environ.get("TACTFUL_BROWSER")
    if named is not None:
        path = Path(named)
        if path.is_file():
            return path
        raise NoBrowserError(f"TACTFUL_BROWSER: found {named}, allowed: an existing program")
    for name in NAMES:
        found = shutil.which(name)
        if found is not None:
            return Path(found)
    if not install or os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise NoBrowserError(
            "no Chromium on PATH; install it (on Debian: apt-get install chromium), "
            "or name it: TACTFUL_BROWSER=/path/to/chromium"
        )
    with (Path(tempfile.gettempdir()) / "tactful-browser.lock").open("w") as lock:
        # Two test processes may come here together, and dpkg takes one at a time.
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = shutil.which("chromium")
        return _installed() if found is None else Path(found)


def arguments() -> list[str]:
    """What Chromium is started with here."""
    # Its sandbox refuses to run as root; only pages of this project are opened.
    return ["--no-sandbox"] if os.geteuid() == 0 else []


def _installed() -> Path:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
    ):
        try:
            subprocess.run(
                command, env=quiet, check=True, capture_output=True, timeout=_APT_TIMEOUT_S
            )
        except (subprocess.SubprocessError, OSError) as error:
            raise NoBrowserError(
                f"no Chromium on PATH, and `{' '.join(command)}` failed: {error}"
            ) from None
    found = shutil.which("chromium")
    if found is None:
        raise NoBrowserError("Debian's package was installed, but chromium is not on PATH")
    return Path(found)


if __name__ == "__main__":
    print(find())  # noqa: T201 - a command that prints its answer
