"""Write golden states: bytes as this version stores them, beside what they say.

A state that once was stored must be readable for ever, so the files of a released layout version
are never written again: `python tests/state/make_golden.py` adds those that are missing. Before a
release, `--again NAME` replaces one.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "state")]

import msgspec  # noqa: E402
from builders import (  # noqa: E402
    DAY_MS,
    HOUR_MS,
    NOW,
    PLAIN,
    USER,
    User,
    a_cap,
    a_feedback,
    a_request,
    a_user,
    an_event,
    an_update,
    knowledge,
)
from reading import reading  # noqa: E402

from state.codec import pack  # noqa: E402
from state.layout import VERSION  # noqa: E402
from tactful.ids import decision_id  # noqa: E402
from tactful.knowledge import Knowledge  # noqa: E402
from tactful.policy.model import (  # noqa: E402
    Batch,
    ChannelPolicy,
    Failover,
    NotificationType,
    Purpose,
)
from tactful.records import Outcome, Priority, Request, Wakeup  # noqa: E402

GOLDEN = Path(__file__).parent / "golden"

KNOWN = knowledge(
    types={
        **PLAIN.types,
        "alert": NotificationType(
            Purpose.TRANSACTIONAL,
            ("email", "push"),
            failover=Failover(unopened_after_ms=DAY_MS // 2),
        ),
        "likes": NotificationType(
            Purpose.MARKETING,
            ("email", "push"),
            ttl_ms=3 * DAY_MS,
            value=3.0,
            batch=Batch(window_ms=HOUR_MS),
            failover=Failover(within_ms=3 * DAY_MS),
        ),
    },
    caps=(a_cap("push_of_likes", types=("likes",), channels=("push",)),),
)
"""The plain policy, with a type that escalates, and one that is collected and fails over."""


def newcomer() -> User:
    """One event, and no more."""
    user = User(KNOWN, NOW)
    user.take(an_event(time_zone="Asia/Kolkata"))
    return user


def regular() -> User:
    """Something of everything: a month of visits, sends with outcomes, preferences, held ones."""
    start = NOW - 28 * DAY_MS
    user = a_user(KNOWN, now_ms=start, time_zone="Europe/Berlin")
    user.told(
        id="wishes",
        attributes={"city": "Zürich", "tags": ["a", 1, 2.5, None, {"deep": True}], "gone": 1},
        preferences={
            "channels": {"sms": False, "push": True},
            "types": {"newsletter": {"push": False}, "survey": False},
            "quiet_hours": {"start": "22:30", "end": "07:15"},
            "preferred_hours": [9, 20],
        },
        consent={"transactional:email": True},
    )
    user.told(id="second thoughts", at_ms=start + 1, attributes={"gone": None})
    for day in range(28):
        moment = start + day * DAY_MS + (day % 3) * HOUR_MS
        user.take(an_event(f"visit-{day}", moment, session_id=f"s{day}"), moment)
        sent = user.asked(a_request(f"receipt-{day}", "receipt", at_ms=moment))
        outcome = list(Outcome)[day % 5]
        user.take(a_feedback(sent.decision_id, outcome, moment + 1, channel=sent.channel or ""))
    user.take(a_feedback("x", Outcome.UNSUBSCRIBED, NOW - 3, channel="in_app"), NOW - 3)
    user.take(a_feedback("x", Outcome.BOUNCED, NOW - 2, channel="push"), NOW - 2)
    user.take(an_event("visit-27", NOW - 1), NOW - 1)
    user.asked(
        a_request(
            "held",
            "newsletter",
            not_before_ms=NOW + DAY_MS,
            expires_at_ms=NOW + 5 * DAY_MS,
            channels=["email"],
            campaign="spring",
            batch_key="b1",
            data={"title": "Grüße ☃", "n": 2**53, "f": 0.5, "list": [None, {"x": False}]},
        )
    )
    user.asked(a_request("held-too", priority=Priority.LOW, at_ms=NOW + 1))
    return user


def erased() -> User:
    """Erased, and back with little."""
    user = regular()
    user.now_ms = NOW + HOUR_MS
    user.told(id="erase", erase=True)
    user.now_ms += HOUR_MS
    user.told(id="back", attributes={"city": "Bern"})
    return user


def full() -> User:
    """Every list at its bound, and something of all that can wait or be watched."""
    user = a_user(KNOWN, now_ms=NOW - 4 * HOUR_MS)
    for number in range(20):
        user.asked(a_request(f"a{number}", "alert", at_ms=user.now_ms, data={"n": number}))
    # Each of two digests fails on e-mail: the first goes out by push, the second waits for that.
    for post in range(2):
        for who in range(2):
            user.asked(likes(post, who, user.now_ms))
        user.woken()
        user.take(a_feedback(user.decisions[-1].decision_id, Outcome.FAILED, user.now_ms))
    user.now_ms = NOW
    user.asked(a_request("a20", "alert"))  # in the place of the digest that waits again
    for number in range(270):
        user.take(an_update(f"u{number}", NOW + number, attributes={f"field {number}": number}))
    for number in range(20):
        channel = f"channel {number}"
        user.take(a_feedback("d", Outcome.DELIVERED, NOW, id=f"f{number}", channel=channel))
    for number in range(300):
        user.asked(a_request(f"c{number}", "receipt", Priority.CRITICAL, NOW + number))
    for number in range(40):
        later = NOW + DAY_MS // 2 + number
        user.asked(a_request(f"r{number}", at_ms=NOW + number, not_before_ms=later))
    for who in range(2):
        user.asked(likes(2, who, NOW + 300))
    return user


def likes(post: int, who: int, at_ms: int) -> Request:
    """One of the requests that are collected."""
    name = f"post-{post}"
    return a_request(
        f"{name}-{who}",
        "likes",
        at_ms=at_ms,
        batch_key=name,
        campaign="spring",
        data={"who": f"Zoë {who}"},
    )


WIDE = Knowledge(
    msgspec.structs.replace(
        KNOWN.policy,
        types={
            **KNOWN.policy.types,
            **{
                f"kind {number}": NotificationType(Purpose.TRANSACTIONAL, (f"way {number % 13}",))
                for number in range(26)
            },
        },
        channels={
            **KNOWN.policy.channels,
            **{f"way {number}": ChannelPolicy(label_window_ms=HOUR_MS) for number in range(13)},
        },
    )
)
"""As many types and channels as the features remember, and more."""


def newcomer_learnt() -> User:
    """One event, since there are label windows."""
    return newcomer()


def regular_learnt() -> User:
    """A month as before, since there are label windows: some told, some corrected, some open."""
    user = regular()
    late = decision_id(USER, "receipt-25")
    user.take(a_feedback(late, Outcome.CLICKED, NOW - 2 * DAY_MS, id="late"))
    user.take(a_feedback(late, Outcome.COMPLAINED, NOW, id="later"))
    return user


def full_learnt() -> User:
    """Every list at its bound, since there are label windows."""
    user = full()
    user.knowledge = WIDE
    for number in range(26):
        user.asked(a_request(f"k{number}", f"kind {number}", Priority.CRITICAL, NOW + 300))
    user.take(Wakeup(), NOW + 2 * HOUR_MS)
    for number in range(64):
        user.asked(a_request(f"l{number}", "receipt", Priority.CRITICAL, user.now_ms))
    return user


STATES: tuple[Callable[[], User], ...] = (
    *(newcomer, regular, erased, full),
    *(newcomer_learnt, regular_learnt, full_learnt),
)


def main(again: str | None) -> None:
    """Write what is missing, and what is asked for again."""
    GOLDEN.mkdir(exist_ok=True)
    for make in STATES:
        stem = GOLDEN / f"v{VERSION}-{make.__name__}"
        if stem.with_suffix(".bin").exists() and again != make.__name__:
            continue
        user = make()
        stem.with_suffix(".bin").write_bytes(pack(user.state))
        said = json.dumps(reading(user.state), indent=1, sort_keys=True, ensure_ascii=False)
        stem.with_suffix(".json").write_text(said + "\n", encoding="utf-8")
        sys.stdout.write(f"{stem.name}: {len(pack(user.state))} bytes\n")


if __name__ == "__main__":
    main(sys.argv[2] if sys.argv[1:2] == ["--again"] else None)
