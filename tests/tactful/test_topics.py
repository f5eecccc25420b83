import pytest
from builders import NOW, User, a_request, a_user, an_event, knowledge

from tactful.records import (
    DeadLetter,
    DeadLetterReason,
    Example,
    ExampleKind,
    Output,
    RecordKind,
)
from tactful.topics import COMPACTED, INPUTS, name_of, topic_of


def outputs() -> list[Output]:
    user = a_user()
    user.take(a_request())
    other = User(knowledge(), NOW)
    other.take(an_event())
    dead = DeadLetter(DeadLetterReason.UNKEYED, "no key", "tactful.events", 0, 7, b"{}")
    example = Example("c:0", "ada", ExampleKind.CHURN, NOW, NOW, {}, {}, "new", "plain-1", {})
    return [*user.outputs, *other.outputs, dead, example]


def test_every_output_has_its_topic() -> None:
    assert [topic_of(output) for output in outputs()][:2] == [
        "tactful.decisions.email",
        "tactful.ledger",
    ]
    assert {topic_of(output, "eu") for output in outputs()} == {
        "eu.decisions.email",
        "eu.ledger",
        "eu.profiles",
        "eu.dead-letters",
        "eu.examples",
    }


@pytest.mark.parametrize("kind", list(RecordKind))
def test_every_kind_of_record_has_its_topic(kind: RecordKind) -> None:
    assert kind in INPUTS
    assert name_of(kind) == f"tactful.{kind.value}"


def test_only_what_is_replaced_as_a_whole_is_compacted() -> None:
    assert set(COMPACTED) == {"knowledge", "profiles", "webhooks", "webhook-deliveries"}
