"""`python -m deploy.audit`: the locked packages against the known vulnerabilities, for `make lint`.

A vulnerability service has to be reached over the network. Where none answers that is said plainly
and is no failure, unless TACTFUL_AUDIT=required; a known vulnerability always is one.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("runtime.txt", "dev.txt", "client.txt")
SERVICES = ("pypi", "osv")
_TIMEOUT_S = 120
_FOUND = "known vulnerabilit"
Run = Callable[[Sequence[str]], tuple[int | None, str]]


def run_command(command: Sequence[str]) -> tuple[int | None, str]:
    """Exit status and what was said; no status when it took too long."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        return None, f"no answer in {_TIMEOUT_S} s"
    return done.returncode, done.stdout + done.stderr


def audit(run: Run = run_command, *, required: bool = False) -> tuple[int, list[str]]:
    """Ask the services about each lock, one after the other until one answers.

    Args:
        run: runs a command.
        required: whether it is a failure when no service answers.

    Returns:
        Exit status, and the lines to print.
    """
    told: list[str] = []
    status = 0
    for service in SERVICES:
        told.clear()
        for lock in LOCKS:
            code, said = run(_command(service, lock))
            if code == 0:
                told.append(f"audit: requirements/{lock}: no known vulnerabilities ({service})")
            elif code is not None and _FOUND in said:
                told += [f"audit: requirements/{lock}: KNOWN VULNERABILITIES ({service})", said]
                status = 1
            else:
                reason = (said.strip().splitlines() or ["no answer"])[-1][:200]
                told.append(f"audit: {service} did not answer: {reason}")
                break
        else:
            return status, told
        if status:
            return status, told
    not_done = (
        "audit: NOT DONE: no vulnerability service can be reached from here "
        f"({', '.join(SERVICES)}). Nothing is known of the locked packages' vulnerabilities; run "
        "`python -m deploy.audit` where the network allows it."
    )
    return (1 if required else 0), [not_done, *told]


def _command(service: str, lock: str) -> list[str]:
    return [
        str(Path(sys.executable).with_name("pip-audit")),
        "--requirement",
        str(ROOT / "requirements" / lock),
        "--require-hashes",
        "--disable-pip",
        "--vulnerability-service",
        service,
        "--progress-spinner",
        "off",
        "--timeout",
        "10",
    ]


def main() -> int:
    """Entry point."""
    status, told = audit(required=os.environ.get("TACTFUL_AUDIT") == "required")
    print("\n".join(told))  # noqa: T201 - it is for people
    return status


if __name__ == "__main__":
    sys.exit(main())
