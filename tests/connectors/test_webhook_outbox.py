"""Deliveries on their way: retried as planned, given up at last, the same after a restart."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from connectors.webhooks.events import Told, of_update
from connectors.webhooks.outbox import (
    MAX_PENDING,
    RETRY_AFTER_MS,
    Delivery,
    Outbox,
    Result,
    Write,
    encode_delivery,
)
from connectors.webhooks.subscriptions import Book, Disabled, EventType, Subscription
from tactful.records import Preferences, ProfileUpdate

NOW = 1_000_000


def subscription(name: str = "w", *events: EventType) -> Subscription:
    return Subscription(name, "https://x.example", list(events or [EventType.DECISION]), [], "c", 0)


def told(name: str = "e", kind: EventType = EventType.SEND) -> Told:
    return Told(kind, name, b"{}")


class Topics:
    """The compacted topics, as far as an outbox reads them."""

    def __init__(self, *subscriptions: Subscription) -> None:
        self.subscriptions = {each.id: msgspec.json.encode(each) for each in subscriptions}
        self.deliveries: dict[str, bytes] = {}
        self.outbox = self.read()

    def read(self) -> Outbox:
        """An outbox that begins now."""
        book = Book()
        for key, value in self.subscriptions.items():
            assert book.take(key, value)
        outbox = Outbox(book)
        for key, value in self.deliveries.items():
            assert outbox.take(key, value)
        return outbox

    def write(self, writes: list[Write]) -> None:
        for write in writes:
            if write.subscription is not None:
                self.subscriptions[write.key] = msgspec.json.encode(write.subscription)
                self.outbox.book.take(write.key, self.subscriptions[write.key])
            elif write.delivery is not None:
                self.deliveries[write.key] = encode_delivery(write.delivery)
                self.outbox.take(write.key, self.deliveries[write.key])
            else:
                self.deliveries.pop(write.key, None)
                self.outbox.take(write.key, None)


def test_an_event_goes_to_whom_it_concerns_and_to_nobody_else() -> None:
    topics = Topics(
        subscription("all"),
        subscription("sends", EventType.SEND),
        subscription("holds", EventType.HOLD),
        subscription("prefs", EventType.PREFERENCES),
    )
    topics.write(topics.outbox.deliveries(told(), NOW))
    due = topics.outbox.due(NOW, 10)
    assert {each.id for _, each in due} == {"all", "sends"}
    assert len({delivery.id for delivery, _ in due}) == 2


def test_a_delivery_is_given_out_once_until_its_outcome_is_known() -> None:
    topics = Topics(subscription())
    topics.write(topics.outbox.deliveries(told(), NOW))
    assert len(topics.outbox.due(NOW, 10)) == 1
    assert topics.outbox.due(NOW, 10) == []


def test_the_same_event_again_makes_the_same_delivery() -> None:
    topics = Topics(subscription())
    first = topics.outbox.deliveries(told(), NOW)
    topics.write(first)
    assert topics.outbox.deliveries(told(), NOW + 5) == []
    again = topics.read().deliveries(told(), NOW + 5)
    assert again == []
    other = Topics(subscription()).outbox.deliveries(told(), NOW + 9)
    assert [each.key for each in other] == [each.key for each in first]


def test_failures_are_retried_as_planned_and_then_the_subscription_is_disabled() -> None:
    topics = Topics(subscription())
    topics.write(topics.outbox.deliveries(told(), NOW))
    now_ms, pauses = NOW, []
    for _ in range(len(RETRY_AFTER_MS) + 1):
        ((delivery, _),) = topics.outbox.due(now_ms, 10)
        topics.write(topics.outbox.done(delivery, Result(500), now_ms, 0.5))
        due_ms = topics.outbox.next_due_ms()
        if due_ms is not None:
            pauses.append(due_ms - now_ms)
            assert topics.outbox.due(due_ms - 1, 10) == []
            now_ms = due_ms
    assert pauses == list(RETRY_AFTER_MS)
    assert len(topics.outbox) == 0
    assert topics.outbox.book.by_id["w"].disabled is Disabled.FAILING
    assert topics.outbox.deliveries(told("next"), now_ms) == []


def test_an_endpoint_that_is_gone_is_asked_no_more() -> None:
    topics = Topics(subscription())
    topics.write(topics.outbox.deliveries(told("a"), NOW))
    topics.write(topics.outbox.deliveries(told("b"), NOW))
    (first, _), (_second, _) = topics.outbox.due(NOW, 10)
    topics.write(topics.outbox.done(first, Result(410), NOW, 0.5))
    assert topics.outbox.book.by_id["w"].disabled is Disabled.GONE
    restarted = topics.read()
    assert restarted.due(NOW, 10) == []
    assert [write.delivery for write in restarted.abandoned()] == [None]


def test_an_endpoint_may_ask_for_more_time_but_not_for_ever() -> None:
    topics = Topics(subscription())
    topics.write(topics.outbox.deliveries(told(), NOW))
    ((delivery, _),) = topics.outbox.due(NOW, 10)
    (write,) = topics.outbox.done(delivery, Result(429, 60_000), NOW, 0.5)
    assert write.delivery is not None
    assert write.delivery.due_ms == NOW + 60_000
    (write,) = topics.outbox.done(delivery, Result(429, 10**12), NOW, 0.5)
    assert write.delivery is not None
    assert write.delivery.due_ms == NOW + RETRY_AFTER_MS[-1]


def test_who_falls_too_far_behind_is_disabled_and_holds_nobody_up() -> None:
    topics = Topics(subscription("slow"), subscription("well"))
    for number in range(MAX_PENDING + 1):
        topics.write(topics.outbox.deliveries(told(f"e{number}"), NOW))
        for delivery, to in topics.outbox.due(NOW, 10):
            if to.id == "well":
                topics.write(topics.outbox.done(delivery, Result(200), NOW, 0.5))
    assert topics.outbox.book.by_id["slow"].disabled is Disabled.BEHIND
    assert topics.outbox.book.by_id["well"].disabled is None


def test_a_record_that_cannot_be_read_is_told() -> None:
    assert not Outbox(Book()).take("x", b"{")
    assert not Book().take("x", b'{"id": 1}')


@given(st.lists(st.sampled_from([200, 500, 0, 204, 429]), max_size=9), st.integers(0, 9))
def test_a_restart_at_any_moment_loses_nothing(answers: list[int], restart_at: int) -> None:
    topics = Topics(subscription())
    for number in range(3):
        topics.write(topics.outbox.deliveries(told(f"e{number}"), NOW))
    delivered: set[str] = set()
    now_ms = NOW
    for step, status in enumerate(answers):
        if step == restart_at:
            # what was on its way is on its way again
            topics.outbox = topics.read()
        due = topics.outbox.due(now_ms, 1)
        if due:
            ((delivery, _),) = due
            topics.write(topics.outbox.done(delivery, Result(status), now_ms, 0.5))
            if 200 <= status < 300:
                delivered.add(delivery.id)
        now_ms = max(now_ms, topics.outbox.next_due_ms() or now_ms)
    open_ones = {msgspec.json.decode(v, type=Delivery).id for v in topics.deliveries.values()}
    assert open_ones | delivered == {
        write.key
        for number in range(3)
        for write in Topics(subscription()).outbox.deliveries(told(f"e{number}"), NOW)
    }
    assert not open_ones & delivered


def test_changes_of_preferences_and_consent_are_told_without_contact_data() -> None:
    update = ProfileUpdate(
        "u1",
        "ada",
        NOW,
        identifiers={"email": "ada@example.org"},
        preferences=Preferences(channels={"sms": False}),
        consent={"marketing": True},
    )
    preferences, consent = of_update(update)
    assert preferences.type is EventType.PREFERENCES
    assert consent.type is EventType.CONSENT
    assert b"example.org" not in preferences.body + consent.body
    assert msgspec.json.decode(preferences.body)["data"]["preferences"] == {
        "channels": {"sms": False}
    }
    assert of_update(ProfileUpdate("u2", "ada", NOW, attributes={"a": 1})) == []
