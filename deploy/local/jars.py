"""The servers' jars: fetched once by Maven from the poms in deploy/jars/, kept under the home."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.local.errors import StackError
from deploy.settings import Settings

POMS = Path(__file__).resolve().parents[1] / "jars"
SETS = ("kafka", "cassandra", "flink", "agent")
MAVEN_TIMEOUT_S = 900


def pom(name: str) -> Path:
    """The pom that lists a set of jars."""
    return POMS / name / "pom.xml"


def folder(settings: Settings, name: str) -> Path:
    """Where a set of jars lives; a changed pom means another folder."""
    digest = hashlib.sha256(pom(name).read_bytes()).hexdigest()[:12]
    return settings.jars / f"{name}-{digest}"


def present(settings: Settings, name: str) -> bool:
    """Whether a set of jars is there, whole."""
    return folder(settings, name).is_dir()


def fetch(settings: Settings, name: str, java_home: Path) -> Path:
    """Have Maven copy a set of jars into place, unless it is there.

    Returns:
        The folder of the jars.

    Raises:
        StackError: if Maven is missing or fails; with what it said.
    """
    target = folder(settings, name)
    if target.is_dir():
        return target
    maven = shutil.which("mvn")
    if maven is None:
        raise StackError(
            "Maven is missing: there is no `mvn` on PATH, and the servers' jars come by it.",
            "Install it (Debian, Ubuntu: apt-get install maven; macOS: brew install maven) "
            "and run the command again.",
        )
    settings.jars.mkdir(parents=True, exist_ok=True)
    # Copied beside and moved into place whole, so that a broken download is never taken for jars.
    with tempfile.TemporaryDirectory(dir=settings.jars, prefix=f".{name}-") as scratch:
        out = Path(scratch) / "jars"
        argv = [
            *(maven, "--batch-mode", "--quiet", "--file", str(pom(name))),
            *("dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={out}"),
        ]
        try:
            done = subprocess.run(
                argv,
                capture_output=True,
                text=True,
                timeout=MAVEN_TIMEOUT_S,
                check=False,
                cwd=scratch,
                env=_environment(java_home),
            )
        except subprocess.TimeoutExpired:
            raise StackError(
                f"Maven had not brought the jars of {name} after {MAVEN_TIMEOUT_S} s.",
                "Check the network (and ~/.m2/settings.xml, if you use a proxy or a mirror), "
                "then run the command again: it goes on where it was.",
            ) from None
        if done.returncode != 0 or not out.is_dir():
            said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
            raise StackError(
                f"Maven could not bring the jars of {name}:\n{said}",
                "Check the network (and ~/.m2/settings.xml, if you use a proxy or a mirror), "
                "then run the command again.",
            )
        if not target.is_dir():
            out.rename(target)
    return target


def _environment(java_home: Path) -> dict[str, str]:
    return {**os.environ, "JAVA_HOME": str(java_home)}


def main() -> None:
    """Fetch the sets named as arguments (used when the container image is built)."""
    from deploy.local.checks import find_java

    settings = Settings()
    for name in sys.argv[1:] or SETS:
        fetch(settings, name, find_java(settings))


if __name__ == "__main__":
    main()
