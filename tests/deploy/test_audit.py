"""The audit of dependencies says what it found, and never passes over that it found nothing out."""

from collections.abc import Sequence

from deploy.audit import LOCKS, audit


def _answers(*pairs: tuple[int | None, str]) -> tuple[list[list[str]], object]:
    asked: list[list[str]] = []
    left = list(pairs)

    def run(command: Sequence[str]) -> tuple[int | None, str]:
        asked.append(list(command))
        return left.pop(0) if left else (0, "")

    return asked, run


def test_every_lock_is_asked_about_by_its_hashes() -> None:
    asked, run = _answers()
    status, told = audit(run)  # type: ignore[arg-type]
    assert status == 0
    assert len(asked) == len(told) == len(LOCKS)
    assert all("--require-hashes" in command for command in asked)


def test_a_known_vulnerability_is_a_failure() -> None:
    _, run = _answers((0, ""), (1, "Found 1 known vulnerability in 1 package\nx 1.0 PYSEC-1"))
    status, told = audit(run)  # type: ignore[arg-type]
    assert status == 1
    assert any("PYSEC-1" in line for line in told)


def test_another_service_is_asked_when_one_does_not_answer() -> None:
    asked, run = _answers((1, "ConnectionError: refused"))
    status, told = audit(run)  # type: ignore[arg-type]
    assert status == 0
    assert all("osv" in line for line in told)
    assert len(asked) == 1 + len(LOCKS)


def test_that_nobody_answered_is_said_loudly_and_may_be_a_failure() -> None:
    for required, expected in ((False, 0), (True, 1)):
        _, run = _answers((None, "no answer in 120 s"), (1, "Temporary failure in name resolution"))
        status, told = audit(run, required=required)  # type: ignore[arg-type]
        assert status == expected
        assert told[0].startswith("audit: NOT DONE")
        assert "name resolution" in told[-1]
