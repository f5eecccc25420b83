"""The comparisons, place by place: pure, so that a test can show each difference."""

from collections.abc import Callable, Iterator, Mapping

import msgspec

from connectors.cassandra.changes import UserChange
from connectors.cassandra.history import KEPT_MS
from connectors.cassandra.profiles import ProfileRow, row_of
from connectors.crypto import UnreadableError, is_encrypted
from connectors.redis.entries import Entry, Kind
from connectors.verify.replay import Lived, Verdicts
from connectors.verify.report import Difference, Place, shown
from tactful.records import LedgerEntry, ProfileActivity

REDECIDED = "decided again after a restart: what went out before it stays in the ledger"
AROUND_AN_ERASURE = "erased: whether a record came before it can't be told across topics"
EXACT = ("version", "updated_at_ms", "time_zone", "attributes", "preferences", "consent")
ALSO_EXACT = ("activity", "channels", "written_at")

Decrypt = Callable[[str, str, str], str]
"""User, field and value to the plain value; raises UnreadableError."""


def topic_differences(
    user: str, newest: UserChange | None, lived: Lived, verdicts: Verdicts
) -> Iterator[Difference]:
    """The profile topic against what follows from the log."""
    put = newest.put if newest else None
    if put is None:
        if lived.records:
            yield Difference(user, Place.PROFILE_TOPIC, "snapshot", "one", "none")
        return
    snapshot = put.snapshot
    why = AROUND_AN_ERASURE if lived.erased_at_ms is not None else None

    def differ(what: str, wanted: object, got: object, reason: str | None) -> Difference:
        secret = what == "identifiers"
        return Difference(
            user, Place.PROFILE_TOPIC, what, shown(wanted, secret), shown(got, secret), reason
        )

    if snapshot.time_zone != lived.time_zone:
        yield differ("time_zone", lived.time_zone, snapshot.time_zone, None)
    for what in ("identifiers", "attributes", "preferences", "consent"):
        wanted, got = getattr(lived, what), msgspec.json.decode(getattr(snapshot, what))
        if wanted != got:
            yield differ(what, wanted, got, None)
    # The hours depend on the zone that was known as each event came.
    counted = msgspec.structs.replace(snapshot.activity, hours=None, hours_at_ms=None)
    if ProfileActivity(*lived.activity) != counted:
        yield differ("activity", lived.activity, msgspec.structs.astuple(counted)[:4], why)
    wanted_sends = dict(verdicts.sent(lived.erased_at_ms))
    got_sends = {name: one.sent for name, one in snapshot.channels.items() if one.sent}
    if wanted_sends != got_sends:
        reason = why or (REDECIDED if verdicts.redecided() else None)
        yield differ("sent", wanted_sends, got_sends, reason)


def row_differences(
    user: str, newest: UserChange | None, row: ProfileRow | None, decrypt: Decrypt
) -> Iterator[Difference]:
    """Cassandra's row against the topic; the first difference of a row says enough."""
    put = newest.put if newest else None
    wanted = None if put is None or put.snapshot.erased else row_of(put)
    if wanted is None or row is None:
        if (wanted is None) != (row is None):
            yield Difference(
                user,
                Place.CASSANDRA,
                "row",
                "none" if wanted is None else f"version {wanted.version}",
                "none" if row is None else f"version {row.version}",
            )
        return
    for name in (*EXACT, *ALSO_EXACT):
        left, right = getattr(wanted, name), getattr(row, name)
        if left != right:
            yield Difference(user, Place.CASSANDRA, name, shown(left), shown(right))
            return
    problem = _identifiers_problem(user, wanted, row, decrypt)
    if problem:
        yield Difference(user, Place.CASSANDRA, "identifiers", "those of the topic", problem)
    elif _without_identifiers(wanted.raw) != _without_identifiers(row.raw):
        yield Difference(user, Place.CASSANDRA, "raw", "that of the topic", "another one")


def history_differences(
    user: str,
    verdicts: Verdicts,
    stored: Mapping[tuple[str, str, int], LedgerEntry],
    erased_through: int,
    now_ms: int,
    why: str | None = None,
) -> Iterator[Difference]:
    """The history table against the ledger; `why` explains rows that are missing or too many."""
    wanted = {
        key: entry
        for key, entry in verdicts.entries.items()
        if erased_through < entry.decided_at_ms and entry.decided_at_ms > now_ms - KEPT_MS
    }
    for count, word in (
        (len(wanted.keys() - stored.keys()), "missing"),
        (len(stored.keys() - wanted.keys()), "unexpected"),
    ):
        if count:
            yield Difference(
                user, Place.HISTORY, "entries", str(len(wanted)), f"{count} {word}", why
            )
    for key in wanted.keys() & stored.keys():
        if wanted[key] != stored[key]:
            yield Difference(user, Place.HISTORY, "entry", f"{key[0]} as in the ledger", "another")
            return


def key_differences(user: str, newest: UserChange | None, keys: int) -> Iterator[Difference]:
    """A user who is erased must have no key."""
    put = newest.put if newest else None
    if keys and put is not None and put.snapshot.erased:
        yield Difference(user, Place.KEYS, "keys", "0, as the user is erased", str(keys))


def cache_differences(
    user: str, row: ProfileRow | None, entry: Entry | None
) -> Iterator[Difference]:
    """What is cached against Cassandra."""
    if entry is None or entry.kind is Kind.FLOOR:
        return
    if entry.kind is Kind.NOTHING:
        if row is not None:
            yield Difference(user, Place.REDIS, "entry", f"version {row.version}", "no profile")
        return
    if row is None:
        yield Difference(user, Place.REDIS, "entry", "no profile", f"version {entry.version}")
    elif entry.version != row.version:
        yield Difference(user, Place.REDIS, "version", str(row.version), str(entry.version))
    elif entry.raw != row.raw.encode():
        yield Difference(user, Place.REDIS, "raw", "that of Cassandra", "another one")


def _identifiers_problem(
    user: str, wanted: ProfileRow, row: ProfileRow, decrypt: Decrypt
) -> str | None:
    expected = msgspec.json.decode(wanted.identifiers, type=dict[str, str])
    found = msgspec.json.decode(row.identifiers, type=dict[str, str])
    inside = msgspec.json.decode(row.raw, type=dict[str, msgspec.Raw])["identifiers"]
    if msgspec.json.decode(inside) != found:
        return "others in the column than in raw"
    if expected.keys() != found.keys():
        return f"the fields {sorted(found)}, not {sorted(expected)}"
    for name, value in expected.items():
        if not is_encrypted(found[name]):
            return f"{name} is not encrypted"
        try:
            plain = found[name] if is_encrypted(value) else decrypt(user, name, found[name])
        except UnreadableError:
            return f"{name} can't be read"
        if plain != value:
            return f"{name} is another"
    return None


def _without_identifiers(raw: str) -> dict[str, object]:
    parts: dict[str, object] = msgspec.json.decode(raw)
    return {name: value for name, value in parts.items() if name != "identifiers"}
