import msgspec
import pytest
from builders import DAY_MS, NOW, PLAIN, User, a_feedback, a_request, a_user, at, knowledge

from tactful.engagement.part import estimate
from tactful.engagement.section import MAX_CHANNELS, ChannelCounts, pack, unpack
from tactful.engine.state import Section
from tactful.knowledge import Knowledge
from tactful.policy import ChannelPolicy
from tactful.policy.model import Engagement
from tactful.records import Outcome, Wakeup

RULES = Engagement(kappa=10, half_life_ms=30 * DAY_MS)


def channels(user: User) -> dict[str, ChannelCounts]:
    return unpack(user.state.sections[Section.ENGAGEMENT])


def counted(user: User, outcome: Outcome, channel: str = "email") -> int:
    return channels(user)[channel].outcomes[list(Outcome).index(outcome)]


def without_email() -> Knowledge:
    names = ("push", "in_app")
    kinds = {"receipt": msgspec.structs.replace(PLAIN.types["receipt"], channels=names)}
    return knowledge(channels={name: PLAIN.channels[name] for name in names}, types=kinds)


def sent(user: User, request_id: str = "r1", at_ms: int = NOW) -> str:
    return user.asked(a_request(request_id, at_ms=at_ms, channels=["email"])).decision_id


def test_an_outcome_of_a_decision_counts_once_however_often_it_is_reported() -> None:
    user = a_user()
    decision_id = sent(user)
    for number in range(3):
        user.take(a_feedback(decision_id, Outcome.OPENED, id=f"f{number}"))
    assert counted(user, Outcome.OPENED) == 1
    assert channels(user)["email"].engaged_weight == 1.0


def test_different_outcomes_of_a_decision_count_each_but_are_one_engagement() -> None:
    user = a_user()
    decision_id = sent(user)
    sent(user, "another")
    for outcome in Outcome:
        user.take(a_feedback(decision_id, outcome))
    assert channels(user)["email"].outcomes == [1] * len(Outcome)
    assert channels(user)["email"].engaged_weight == 1.0


@pytest.mark.parametrize("outcome", list(Outcome))
def test_only_opening_clicking_and_converting_engage(outcome: Outcome) -> None:
    user = a_user()
    user.take(a_feedback(sent(user), outcome))
    engaging = outcome in (Outcome.OPENED, Outcome.CLICKED, Outcome.CONVERTED)
    assert channels(user)["email"].engaged_weight == (1.0 if engaging else 0.0)
    assert channels(user)["email"].last_engaged_ms == (NOW if engaging else 0)


def test_feedback_on_what_was_never_sent_is_counted_but_is_no_engagement() -> None:
    user = a_user()
    user.take(a_feedback("unheard of", Outcome.CLICKED))
    assert counted(user, Outcome.CLICKED) == 1
    assert channels(user)["email"].engaged_weight == 0.0


def test_an_answer_after_the_sends_week_is_counted_but_is_no_engagement() -> None:
    user = a_user()
    first = sent(user)
    later = NOW + 8 * DAY_MS
    sent(user, "r2", later)  # a send lets those go that are too old
    user.take(a_feedback(first, Outcome.OPENED, later), later)
    assert counted(user, Outcome.OPENED) == 1
    assert channels(user)["email"].engaged_weight == 0.0


def test_a_user_without_sends_has_the_global_rate() -> None:
    assert estimate(None, 0.2, NOW, RULES) == (0.2, 1.0)
    assert estimate(ChannelCounts(), 0.2, NOW, RULES) == (0.2, 1.0)


def test_the_rate_moves_from_the_global_one_to_the_users_own() -> None:
    counts = ChannelCounts()
    counts.weighed_at_ms = NOW
    rates = []
    for sends in (1, 10, 90, 100_000):
        counts.sent_weight = sends
        counts.engaged_weight = sends / 2
        rates.append(estimate(counts, 0.2, NOW, RULES))
    assert [rate.prob for rate in rates] == pytest.approx(
        [2.5 / 11, 7 / 20, 47 / 100, 50_002 / 100_010]
    )
    assert [rate.shrinkage_weight for rate in rates] == pytest.approx(
        [10 / 11, 1 / 2, 1 / 10, 10 / 100_010]
    )


def test_evidence_halves_each_half_life() -> None:
    user = a_user()
    for number in range(8):
        sent(user, f"r{number}")
    later = NOW + 30 * DAY_MS
    user.take(a_feedback(sent(user, "last", later), Outcome.OPENED, later), later)
    counts = channels(user)["email"]
    assert (counts.sent_weight, counts.engaged_weight) == (5.0, 1.0)
    rate = estimate(counts, 0.3, later + 30 * DAY_MS, RULES)
    assert rate.prob == pytest.approx((0.5 + 3) / (2.5 + 10))


def test_there_are_never_more_engagements_than_sends() -> None:
    user = a_user()
    decision_id = sent(user)
    later = NOW + 6 * DAY_MS
    user.take(a_feedback(decision_id, Outcome.OPENED, later), later)
    counts = channels(user)["email"]
    assert counts.engaged_weight <= counts.sent_weight < 1.0


def test_counts_saturate_instead_of_breaking() -> None:
    user = a_user()
    full = ChannelCounts()
    full.sent = 2**32 - 1
    full.outcomes = [2**16 - 1] * len(Outcome)
    user.state.sections[Section.ENGAGEMENT] = pack({"email": full})
    user.take(a_feedback(sent(user), Outcome.OPENED))
    assert channels(user)["email"].sent == 2**32 - 1
    assert counted(user, Outcome.OPENED) == 2**16 - 1


def test_no_more_than_16_channels_are_counted() -> None:
    user = a_user()
    others = {f"c{number}": ChannelCounts() for number in range(MAX_CHANNELS)}
    user.state.sections[Section.ENGAGEMENT] = pack(others)
    # A channel too many can still be used; it is only not learned from.
    assert user.asked(a_request()).channel == "email"
    user.take(a_feedback("d", Outcome.OPENED, channel="push"))
    assert list(channels(user)) == list(others)


def test_a_channel_name_too_long_to_store_is_not_counted() -> None:
    name = "ü" * 128
    user = a_user(knowledge(channels=PLAIN.channels | {name: ChannelPolicy()}))
    user.take(a_feedback("d", Outcome.OPENED, channel=name))
    assert user.state.sections[Section.ENGAGEMENT] == b""


def test_the_entry_survives_its_bytes() -> None:
    counts = ChannelCounts()
    counts.sent, counts.outcomes = 7, list(range(len(Outcome)))
    counts.sent_weight, counts.engaged_weight = 2.5, 1.25
    counts.weighed_at_ms, counts.last_sent_ms, counts.last_engaged_ms = NOW, NOW + 1, NOW + 2
    [(name, found)] = unpack(pack({"größe": counts})).items()
    assert name == "größe"
    for field in ChannelCounts.__slots__:
        assert getattr(found, field) == getattr(counts, field), field


def test_the_snapshot_shows_sends_outcomes_and_the_rate() -> None:
    user = a_user()
    user.now_ms += 5000
    user.take(a_feedback(sent(user, "r1", user.now_ms), Outcome.OPENED, user.now_ms))
    user.take(a_feedback("none", Outcome.OPENED, user.now_ms + 2000), user.now_ms + 2000)
    shown = user.snapshots[-1].channels
    email = shown["email"]
    assert (email.sent, email.outcomes) == (1, {Outcome.OPENED: 2})
    assert email.engage_prob == pytest.approx((1 + 3) / 11, abs=1e-5)
    assert email.shrinkage_weight == pytest.approx(10 / 11, abs=1e-5)
    assert email.last_sent_ms == at("2026-01-07 12:00:05")
    # A channel that the policy no longer has starts from nothing.
    user.knowledge = without_email()
    user.told(attributes={"city": "Bern"}, at_ms=user.now_ms + 2000)
    user.take(Wakeup(), user.now_ms + 2000)
    assert user.snapshots[-1].channels["email"].engage_prob == pytest.approx(1 / 11, abs=1e-5)


@pytest.mark.parametrize("named", ["push", "pigeon"])
def test_feedback_counts_for_the_channel_of_its_send_whatever_it_names(named: str) -> None:
    user = a_user()
    user.take(a_feedback(sent(user), Outcome.OPENED, channel=named))
    assert list(channels(user)) == ["email"]
    assert (counted(user, Outcome.OPENED), channels(user)["email"].engaged_weight) == (1, 1.0)


def test_feedback_on_a_send_of_a_channel_too_many_counts_for_no_other() -> None:
    user = a_user()
    others = {f"c{number}": ChannelCounts() for number in range(MAX_CHANNELS)}
    user.state.sections[Section.ENGAGEMENT] = pack(others)
    user.take(a_feedback(sent(user), Outcome.OPENED, channel="c3"))
    assert counted(user, Outcome.OPENED, "c3") == 0


def test_feedback_on_unknown_decisions_counts_only_on_known_channels() -> None:
    user = a_user()
    user.take(a_feedback("d", Outcome.OPENED, channel="pigeon"))
    assert user.state.sections[Section.ENGAGEMENT] == b""
    user.take(a_feedback("d", Outcome.OPENED, channel="push", id="policy"))
    assert list(channels(user)) == ["push"]


def test_a_channel_that_left_the_policy_goes_on_counting_for_those_who_had_it() -> None:
    user = a_user()
    sent(user)
    user.knowledge = without_email()
    user.take(a_feedback("unheard of", Outcome.OPENED))
    assert counted(user, Outcome.OPENED) == 1
