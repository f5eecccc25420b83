"""`tactful preview` and `tactful draw` over files, as a person meets them; no stack is needed."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from builders import HOUR_MS, NOW, a_cap, a_request, an_event, an_update, knowledge
from typer.testing import CliRunner

from cli.main import app
from cli.preview_users import FILES, Item, Sorter
from schemas import encode
from tactful.history import Lived, Past, live
from tactful.records import Event, LedgerEntry, ProfileUpdate, RecordKind, Request

KINDS = {
    Event: RecordKind.EVENT,
    Request: RecordKind.REQUEST,
    ProfileUpdate: RecordKind.PROFILE_UPDATE,
}
BEFORE = knowledge()
AFTER = knowledge(version="strict-1", caps=(a_cap("few", 1, 24 * HOUR_MS),))


def of(user: str) -> list[Lived]:
    """A life of one user: three promotions an hour apart."""
    records: list[Lived] = [
        an_update(
            f"{user}-born", NOW - HOUR_MS, consent={"marketing": True}, identifiers={"email": "a@b"}
        ),
        an_event(f"{user}-e", NOW),
        *(a_request(f"{user}-{n}", at_ms=NOW + n * HOUR_MS) for n in (1, 2, 3)),
    ]
    return [msgspec.structs.replace(each, user_id=user) for each in records]


LIVES = [each for user in ("ann", "bob") for each in of(user)]


def run(*args: object) -> Any:
    return CliRunner().invoke(app, [str(each) for each in args])


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Two policies, a log in both forms of a line, and the ledger of the first policy."""
    (tmp_path / "before.yaml").write_bytes(msgspec.json.encode(BEFORE.policy))
    (tmp_path / "after.yaml").write_bytes(msgspec.json.encode(AFTER.policy))
    plain = [encode(each) for each in LIVES]
    (tmp_path / "log.jsonl").write_bytes(b"\n".join(reversed(plain)) + b"\n")
    wrapped = [
        msgspec.json.encode({"topic": f"tactful.{KINDS[type(each)]}", "value": each})  # type: ignore[index]
        for each in LIVES
    ]
    (tmp_path / "wrapped.jsonl").write_bytes(b"\n".join(wrapped))
    entries = []
    for user in ("ann", "bob"):
        past = [Past(e.at_ms, KINDS[type(e)], e.id, e) for e in of(user)]  # type: ignore[index]
        entries += [o for o in live(user, past, BEFORE) if isinstance(o, LedgerEntry)]
    (tmp_path / "ledger.jsonl").write_bytes(b"\n".join(encode(each) for each in entries))
    return tmp_path


def preview(files: Path, history: str, *more: object) -> Any:
    return run(
        "preview",
        files / "after.yaml",
        "--against",
        files / history,
        "--baseline",
        files / "before.yaml",
        *more,
    )


def told(result: Any) -> list[str]:
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("history", ["log.jsonl", "wrapped.jsonl", "ledger.jsonl"])
def test_it_tells_who_would_have_got_what_and_which_reasons_moved(
    files: Path, history: str
) -> None:
    result = preview(files, history)
    assert result.exit_code == 0
    lines = told(result)
    assert "4 of 6 requests and 2 of 2 users would fare otherwise." in lines
    assert "sent at once 6 2 -4" in lines
    assert "sent later 0 2 +2" in lines
    assert "sent at once (allowed) sent later (cap_user) 2" in lines
    assert "hold cap_user 0 4 +4" in lines
    assert "email promotion 6 4 -2" in lines
    assert "3 2 0 -2" in lines
    assert sum("-> sent later on email at" in line for line in lines) == 2


def test_of_a_ledger_it_says_what_that_cannot_tell_and_how_near_it_comes(files: Path) -> None:
    lines = told(preview(files, "ledger.jsonl"))
    (agreement,) = [line for line in lines if "rebuilt from a ledger" in line]
    assert "6 of 6 requests (100%) end as they did" in agreement
    assert any("feedback" in line for line in lines)
    assert not any("rebuilt" in line for line in told(preview(files, "log.jsonl")))


def test_differences_go_to_a_file_and_the_list_is_as_long_as_asked_for(files: Path) -> None:
    output = files / "changed.jsonl"
    result = preview(files, "log.jsonl", "--output", output, "--first", "1")
    written = [json.loads(line) for line in output.read_text().splitlines()]
    assert sorted(each["request_id"] for each in written) == ["ann-2", "ann-3", "bob-2", "bob-3"]
    assert {each["before"]["ending"] for each in written} == {"sent at once"}
    assert "Changed requests (the first 1 of 4):" in result.stdout
    everything = preview(files, "log.jsonl", "--all").stdout
    assert sum(" -> s" in line for line in everything.splitlines() if "promotion" in line) == 4


def test_one_user_alone_can_be_looked_at(files: Path) -> None:
    lines = told(preview(files, "log.jsonl", "--user", "ann"))
    assert "2 of 3 requests and 1 of 1 user would fare otherwise." in lines
    assert not any("bob" in line for line in lines)


def test_lines_that_can_not_be_read_are_left_out_and_told(files: Path) -> None:
    with (files / "log.jsonl").open("ab") as log:
        log.write(
            b'nonsense\n{"id": "x", "user_id": "ann", "type": "tip"}\n{"topic":"x","value":{}}\n'
        )
    lines = told(preview(files, "log.jsonl"))
    assert "left out 3 lines:" in lines
    assert any(line.startswith("line 11: found no JSON") for line in lines)
    assert any('line 12: request: field "at_ms"' in line for line in lines)
    assert any('line 13: field "topic": found ' in line for line in lines)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("preview", "none.yaml", "--against", "x"), "none.yaml: found No such file"),
        (("preview", "after.yaml", "--against", "none.jsonl"), "--against: none.jsonl: found"),
        (("preview", "after.yaml", "--against", "empty.jsonl"), "found no record"),
        (("preview", "bad.yaml", "--against", "log.jsonl"), "bad.yaml:1:1"),
        (("draw",), "allowed: both, or --examples"),
        (("draw", "log.jsonl", "-u", "nobody"), "found no request of 'nobody'"),
    ],
)
def test_what_a_person_can_cure_is_said_in_one_line(
    files: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(files)
    (files / "empty.jsonl").write_text("")
    (files / "bad.yaml").write_text("version: x\n")
    more = ("--baseline", "before.yaml") if args[0] == "preview" else ()
    result = run(*args, *more)
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ")
    assert said in result.stderr


def test_a_users_history_is_drawn(files: Path) -> None:
    output = files / "ann.svg"
    result = run(
        "draw",
        files / "log.jsonl",
        "--user",
        "ann",
        "--policy",
        files / "after.yaml",
        "--output",
        output,
        "--from",
        NOW,
    )
    assert result.exit_code == 0, result.output
    picture = output.read_text()
    assert "ann under policy strict-1" in picture
    assert "cap few is full (1 of 1)" in picture


def test_the_sorter_gives_each_user_back_whole_whatever_the_order() -> None:
    names = [f'user\t"{number}"\n' for number in range(3 * FILES)]
    events = [an_event(f"{n}", NOW + n) for n in range(3)]
    with Sorter() as sorter:
        sorter.take(
            Item(name, "events", encode(each)) for each in events for name in reversed(names)
        )
        users = [user for _, user in sorter.users(BEFORE.policy)]
    assert sorted(user.user_id for user in users) == sorted(names)
    assert all([past.record for past in user.past] == events for user in users)
