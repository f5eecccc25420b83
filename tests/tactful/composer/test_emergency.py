import msgspec
from builders import (
    DAY_MS,
    NOW,
    PLAIN,
    User,
    a_cap,
    a_feedback,
    a_request,
    a_user,
    knowledge,
    quiet,
)

from tactful.engine.state import Section
from tactful.policy import Purpose
from tactful.policy.model import Emergency, EmergencyChannels, Failover, Gap
from tactful.records import Outcome, Priority, Request
from tactful.sends.log import entries

EVERY = tuple(Purpose)


def in_an_emergency(*, counts_for_caps: bool = False, **more: object) -> User:
    """A user to whom critical goes out on all channels."""
    emergency = Emergency(EmergencyChannels.ALL, counts_for_caps)
    return a_user(knowledge(emergency=emergency, **more))


def critical(id: str = "alarm", type: str = "receipt", **more: object) -> Request:  # noqa: A002
    return a_request(id, type, Priority.CRITICAL, **more)


def test_it_goes_out_on_every_feasible_channel_the_best_first() -> None:
    user = in_an_emergency()
    user.take(critical())
    assert [(each.channel, each.attempt) for each in user.decisions] == [
        ("email", 1),
        ("push", 2),
        ("in_app", 3),
    ]
    assert len({each.decision_id for each in user.decisions}) == 3
    assert user.verdicts("alarm") == ["send critical"] * 3
    assert user.ledger[1].explanation.startswith("sent on push, ")
    assert user.ledger[1].score == 0.2


def test_on_the_best_channel_alone_where_the_policy_says_no_more() -> None:
    user = a_user()
    user.take(critical())
    assert [each.channel for each in user.decisions] == ["email"]


def test_what_is_not_critical_goes_out_once() -> None:
    user = in_an_emergency()
    user.take(a_request(type="receipt", priority=Priority.HIGH))
    assert len(user.decisions) == 1


def test_it_passes_all_but_consent_and_reachability() -> None:
    user = in_an_emergency(
        caps=(a_cap(max=0, purposes=EVERY),),
        gaps=(Gap("gap", DAY_MS, purposes=EVERY),),
        quiet_hours=quiet("00:00", "00:00"),
    )
    user.told(
        preferences={"pause_until_ms": NOW + DAY_MS, "channels": {"email": False}},
        consent={"transactional:push": False},
        identifiers={"push_token": "t1"},
    )
    user.outputs.clear()
    user.take(critical(not_before_ms=NOW + 1))
    assert [each.channel for each in user.decisions] == ["email", "in_app"]


def test_without_consent_to_marketing_there_is_no_emergency() -> None:
    user = in_an_emergency()
    user.told(consent={"marketing": False})
    assert user.asked(critical(type="promotion")).reason == "consent"


def test_it_eats_no_slot_unless_the_policy_says_so() -> None:
    caps = (a_cap(max=3, purposes=EVERY),)
    user = in_an_emergency(caps=caps)
    user.take(critical())
    assert user.asked(a_request("r1")).verdict == "send"
    user = in_an_emergency(caps=caps, counts_for_caps=True)
    user.take(critical())
    assert user.asked(a_request("r1")).reason == "cap_user"
    # Itself it passes a full cap all the same.
    assert user.asked(critical("again")).verdict == "send"


def test_it_is_recorded_and_dedupes() -> None:
    user = in_an_emergency()
    user.take(critical())
    assert len(entries(user.state.sections[Section.SENDS])) == 3
    effects = user.take(critical())
    assert (effects.duplicate, effects.outputs) == (True, [])


def test_it_is_not_tried_again_on_channels_where_it_already_went() -> None:
    types = dict(PLAIN.types)
    types["receipt"] = msgspec.structs.replace(types["receipt"], failover=Failover())
    user = in_an_emergency(types=types)
    user.take(critical())
    user.take(a_feedback(user.decisions[0].decision_id, Outcome.FAILED))
    assert len(user.decisions) == 3


def test_feedback_on_each_counts_for_its_channel() -> None:
    user = in_an_emergency()
    user.take(critical())
    for decision in user.decisions:
        user.take(a_feedback(decision.decision_id, Outcome.OPENED, channel=decision.channel))
    scores = {each.channel: each.score for each in user.asked(a_request()).considered}
    assert scores["push"] == round((1 + 10 * 0.2) / 11, 6)


def test_it_holds_back_what_waits_no_longer_than_before() -> None:
    user = in_an_emergency(caps=(a_cap(max=1),))
    user.asked(a_request("r1"))
    user.asked(a_request("r2", at_ms=NOW + 1))
    user.take(critical(), NOW + 2)
    assert user.verdicts("r2") == ["hold cap_user"]
