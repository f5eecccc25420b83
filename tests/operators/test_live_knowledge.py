"""Knowledge that reaches the live operator: in use at once, kept, and refused when it is bad."""

import msgspec
from builders import PLAIN, a_request
from fake_flink import FakeFlink
from kit import found, policy_record
from life_kit import LEDGER, LETTERS, PLAIN_BYTES, Clock, Life
from models import a_snapshot

from operators.live import LiveDecide
from schemas.kinds import MAX_VALUE_BYTES
from tactful.models import encode_snapshot
from tactful.policy import DEFAULT_POLICY
from tactful.records import DeadLetter, DeadLetterReason, LedgerEntry


def test_knowledge_is_used_at_once_kept_over_a_restore_and_taken_back_by_a_tombstone() -> None:
    life = Life()

    def version(name: str) -> str:
        (entry,) = found(life.take(a_request(name)), LedgerEntry, LEDGER)
        return entry.policy_version

    assert version("r1") == "plain-1"
    newer = msgspec.json.encode(msgspec.structs.replace(PLAIN, version="plain-2"))
    assert life.flink.know(policy_record(newer)) == []
    assert version("r2") == "plain-2"
    life.restore()
    assert version("r3") == "plain-2", "what was read is newer than what was given at the start"
    life.flink.know(policy_record(b""))
    assert version("r4") == DEFAULT_POLICY.version
    life.restore()
    assert version("r5") == DEFAULT_POLICY.version


def test_invalid_knowledge_is_a_dead_letter_and_the_last_good_one_stays() -> None:
    life = Life()
    for bad in (b"{", b'{"version": 7}'):
        (letter,) = found(life.flink.know(policy_record(bad)), DeadLetter, LETTERS)
        assert letter.reason is DeadLetterReason.INVALID_KNOWLEDGE
        assert letter.value == bad
    (entry,) = found(life.take(a_request()), LedgerEntry, LEDGER)
    assert entry.policy_version == "plain-1"


def test_the_next_verdict_names_a_model_and_a_bad_one_leaves_it_in_use() -> None:
    life = Life()

    def versions(name: str) -> dict[str, str]:
        (entry,) = found(life.take(a_request(name)), LedgerEntry, LEDGER)
        return entry.model_versions

    def send(value: bytes) -> list[DeadLetter]:
        return found(
            life.flink.know(policy_record(value, b"model/engagement")), DeadLetter, LETTERS
        )

    good = a_snapshot(rate_log_odds=0.5)
    assert versions("r1") == {}
    assert send(encode_snapshot(good)) == []
    assert versions("r2") == {"engagement": good.version}
    bad = msgspec.structs.replace(
        good,
        version="engagement-2",
        means={"rate_log_odds": 0.0},
        variances={"rate_log_odds": -1.0},
    )
    (letter,) = send(encode_snapshot(bad))
    assert letter.reason is DeadLetterReason.INVALID_KNOWLEDGE
    assert letter.value == encode_snapshot(bad)
    assert "$.variances" in letter.detail
    assert versions("r3") == {"engagement": good.version}
    life.restore()
    assert versions("r4") == {"engagement": good.version}, "the state has the last good one"
    assert send(b"") == []
    assert versions("r5") == {}


def test_a_huge_invalid_policy_makes_a_dead_letter_that_kafka_takes() -> None:
    life = Life()
    ((_, _, value),) = life.flink.know(policy_record(b"{" + b"x" * 1_000_000))
    letter = msgspec.json.decode(value, type=DeadLetter)
    assert letter.value == b"{" + b"x" * (MAX_VALUE_BYTES - 1)
    assert len(value) < 200_000


def test_a_policy_with_a_channel_that_has_no_topic_is_refused() -> None:
    operator = LiveDecide(channels=("email", "push"), clock=Clock())
    (letter,) = found(FakeFlink(operator).know(policy_record(PLAIN_BYTES)), DeadLetter, LETTERS)
    assert "in_app" in letter.detail
    assert "['email', 'push']" in letter.detail
