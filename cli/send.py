"""`tactful send KIND`: one record from the command line into Kafka."""

import sys
from typing import Annotated, Any

import typer

from cli.broker import BrokerError, Reader, Writer, Written, now_ms
from cli.partitions import partition_of
from cli.records_in import (
    NAMES,
    InputError,
    Sendable,
    check,
    moment_ms,
    pairs,
    parse_json,
    with_defaults,
)
from cli.reporting import reported
from cli.screen import Screen
from cli.story import verdict_sentence
from tactful import topics
from tactful.records import LedgerEntry, RecordKind, Request

app = typer.Typer(
    name="send",
    help="Send one record: an event, a request, feedback or a profile update.",
    no_args_is_help=True,
)

User = Annotated[str | None, typer.Option("--user", "-u", help="The user's id, which is the key.")]
Id = Annotated[str | None, typer.Option("--id", help="The record's id. Default: a random UUID.")]
At = Annotated[
    str | None, typer.Option("--at", help="When it happened: now, -15min, ISO, epoch ms.")
]
Json = Annotated[
    str | None,
    typer.Option("--json", help="Fields as a JSON object, `-` for standard input."),
]
Wait = Annotated[bool, typer.Option("--wait", help="Follow the ledger until the final verdict.")]
TimeoutS = Annotated[float, typer.Option("--timeout", help="Seconds that --wait waits.")]


def _given(json_text: str | None, options: dict[str, Any]) -> dict[str, Any]:
    """The fields of --json or standard input, with the options over them."""
    given = {name: value for name, value in options.items() if value is not None}
    if json_text is None:
        return given
    return {**parse_json(sys.stdin.read() if json_text == "-" else json_text), **given}


def _pairs(option: str, text: str | None) -> dict[str, Any] | None:
    return None if text is None else pairs(option, text)


def _moment(option: str, text: str | None) -> int | None:
    return None if text is None else moment_ms(option, text)


def send_record(kind: RecordKind, fields: dict[str, Any], screen: Screen) -> Sendable:
    """Check one record, write it, and say where it went.

    Raises:
        InputError: If a field is wrong; nothing is written then.
        BrokerError: If Kafka did not take it.
    """
    from deploy.connections import kafka_of
    from deploy.settings import Settings

    record, value = check(kind, with_defaults(fields))
    settings = Settings()
    writer = Writer(kafka_of(settings))
    went: list[Written] = []
    topic = topics.name_of(kind.value, settings.topic_prefix)
    writer.write(topic, record.user_id, value, done=went.append)
    writer.flush()
    place = went[0]
    screen.say(
        f"{NAMES[kind]} {record.id} of user {record.user_id} -> "
        f"{place.topic}, partition {place.partition}, offset {place.offset}"
    )
    return record


@app.command()
@reported
def event(
    user: User = None,
    name: Annotated[str | None, typer.Option("--name", help="What the user did.")] = None,
    channel: Annotated[str | None, typer.Option(help="The channel it happened on.")] = None,
    session: Annotated[str | None, typer.Option(help="The session's id.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="The user's zone, Europe/Madrid.")] = None,
    location: Annotated[str | None, typer.Option(help="Where the user was.")] = None,
    attributes: Annotated[str | None, typer.Option(help="More: a=1,b=x or JSON.")] = None,
    id: Id = None,  # noqa: A002 - the option is called --id
    at: At = None,
    json: Json = None,
) -> None:
    """Something the user did.

    For example:

    $ tactful send event --user u1 --name app_open --channel in_app

    $ tactful send event --user u1 --name purchase --attributes amount=20,item=lamp

    $ echo '{"user_id":"u1","name":"search"}' | tactful send event --json -
    """
    fields = {
        "user_id": user,
        "name": name,
        "channel": channel,
        "session_id": session,
        "time_zone": time_zone,
        "location": location,
        "attributes": _pairs("--attributes", attributes),
        "id": id,
        "at_ms": _moment("--at", at),
    }
    send_record(RecordKind.EVENT, _given(json, fields), Screen())


@app.command()
@reported
def request(
    user: User = None,
    type: Annotated[  # noqa: A002 - the option is called --type
        str | None, typer.Option("--type", "-t", help="The notification type, cart_reminder.")
    ] = None,
    priority: Annotated[
        str | None, typer.Option(help="critical, high, normal or low; else the type's.")
    ] = None,
    channels: Annotated[str | None, typer.Option(help="Only these: email,push.")] = None,
    not_before: Annotated[str | None, typer.Option(help="Not before: +2h, ISO.")] = None,
    expires: Annotated[str | None, typer.Option(help="Of no use after: +1d, ISO.")] = None,
    batch_key: Annotated[str | None, typer.Option(help="What may be sent together.")] = None,
    campaign: Annotated[str | None, typer.Option(help="The campaign's id.")] = None,
    data: Annotated[str | None, typer.Option(help="For the template: a=1 or JSON.")] = None,
    id: Id = None,  # noqa: A002
    at: At = None,
    json: Json = None,
    wait: Wait = False,
    timeout: TimeoutS = 30.0,
) -> None:
    """Ask for a user to be notified; --wait shows the decision.

    For example:

    $ tactful send request --user u1 --type cart_reminder --wait

    $ tactful send request -u u1 -t promotion --channels email,push --expires +2d --data '{"k":1}'

    $ tactful send request -u u1 -t security_alert --priority critical --wait
    """
    fields = {
        "user_id": user,
        "type": type,
        "priority": priority,
        "channels": None if channels is None else [c.strip() for c in channels.split(",")],
        "not_before_ms": _moment("--not-before", not_before),
        "expires_at_ms": _moment("--expires", expires),
        "batch_key": batch_key,
        "campaign": campaign,
        "data": _pairs("--data", data),
        "id": id,
        "at_ms": _moment("--at", at),
    }
    screen = Screen()
    given = _given(json, fields)
    if not wait:
        send_record(RecordKind.REQUEST, given, screen)
        return
    # Checked before anything is waited for; the reader starts before the record is written.
    checked, _ = check(RecordKind.REQUEST, with_defaults(given))
    given |= {"id": checked.id, "at_ms": checked.at_ms}
    with _ledger_from_now(checked.user_id) as reader:
        sent = send_record(RecordKind.REQUEST, given, screen)
        assert isinstance(sent, Request)
        if not _follow(reader, sent, timeout, screen):
            raise typer.Exit(1)


@app.command()
@reported
def feedback(
    user: User = None,
    request_id: Annotated[
        str | None, typer.Option("--request", "-r", help="The request it answers.")
    ] = None,
    decision: Annotated[
        str | None, typer.Option("--decision", help="Or the decision's id.")
    ] = None,
    attempt: Annotated[
        int | None, typer.Option(min=1, help="Which attempt of the request; else the first.")
    ] = None,
    channel: Annotated[str | None, typer.Option(help="The channel it was sent on.")] = None,
    outcome: Annotated[
        str | None,
        typer.Option(
            help="delivered, opened, clicked, converted, dismissed, bounced, failed, "
            "unsubscribed or complained."
        ),
    ] = None,
    id: Id = None,  # noqa: A002
    at: At = None,
    json: Json = None,
) -> None:
    """What became of a notification that was sent.

    For example:

    $ tactful send feedback --user u1 --request r1 --channel email --outcome opened

    $ tactful send feedback --user u1 --decision 1f… --channel push --outcome dismissed --at -5min
    """
    from tactful.ids import decision_id

    if request_id is not None and decision is not None:
        raise InputError("--decision: found both --decision and --request, allowed: one of them")
    if request_id is not None:
        if user is None:
            raise InputError("--user: found nothing, allowed: the user of the request")
        decision = decision_id(user, request_id, attempt or 1)
    elif attempt is not None:
        raise InputError("--attempt: found no --request, allowed: with the request that it is of")
    fields = {
        "user_id": user,
        "decision_id": decision,
        "channel": channel,
        "outcome": outcome,
        "id": id,
        "at_ms": _moment("--at", at),
    }
    send_record(RecordKind.FEEDBACK, _given(json, fields), Screen())


@app.command("profile-update")
@reported
def profile_update(
    user: User = None,
    identifiers: Annotated[
        str | None, typer.Option(help="Addresses: email=u1@example.org,phone=… or JSON.")
    ] = None,
    consent: Annotated[str | None, typer.Option(help="marketing=true,sms=false or JSON.")] = None,
    preferences: Annotated[
        str | None, typer.Option(help='frequency=daily_digest or JSON: {"channels": …}.')
    ] = None,
    attributes: Annotated[str | None, typer.Option(help="language=es,age=40 or JSON.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="Europe/Madrid.")] = None,
    erase: Annotated[bool, typer.Option("--erase", help="Forget the user.")] = False,
    id: Id = None,  # noqa: A002
    at: At = None,
    json: Json = None,
) -> None:
    """New values for parts of a profile.

    For example:

    $ tactful send profile-update -u u1 --identifiers email=u1@example.org --consent marketing=true

    $ tactful send profile-update -u u1 --preferences '{"channels":{"sms":false}}'

    $ tactful send profile-update -u u1 --erase
    """
    fields = {
        "user_id": user,
        "identifiers": _pairs("--identifiers", identifiers),
        "consent": _pairs("--consent", consent),
        "preferences": _pairs("--preferences", preferences),
        "attributes": _pairs("--attributes", attributes),
        "time_zone": time_zone,
        "erase": True if erase else None,
        "id": id,
        "at_ms": _moment("--at", at),
    }
    send_record(RecordKind.PROFILE_UPDATE, _given(json, fields), Screen())


def _ledger_from_now(user_id: str) -> Reader:
    """A reader of the ledger's partition of the user, set to what comes from now on."""
    from deploy.connections import kafka_of
    from deploy.settings import Settings

    settings = Settings()
    reader = Reader(kafka_of(settings))
    ledger = topics.name_of(topics.LEDGER, settings.topic_prefix)
    count = reader.partitions().get(ledger, 0)
    if count == 0:
        raise BrokerError(f"There is no topic {ledger}. `tactful up` makes it.")
    reader.assign_end([(ledger, partition_of(user_id, count))])
    return reader


def _follow(reader: Reader, sent: Request, timeout_s: float, screen: Screen) -> bool:
    """Print the verdicts on a request until a final one; whether any came."""
    import time

    import msgspec

    decoder = msgspec.json.Decoder(LedgerEntry)
    deadline_s = time.monotonic() + timeout_s
    held = False
    while time.monotonic() < deadline_s:
        for message in reader.poll(0.2):
            if message.key != sent.user_id.encode():
                continue
            entry = decoder.decode(message.value)
            if entry.request_id != sent.id:
                continue
            screen.say(verdict_sentence(entry))
            held = True
            if entry.verdict.final:
                return True
            left_ms = (deadline_s - time.monotonic()) * 1000
            if (entry.reconsider_at_ms or 0) - now_ms() > left_ms:
                screen.say(f"`tactful explain {sent.id}` tells what becomes of it.")
                return True
    if held:
        screen.say(
            f"It still waits after {timeout_s:g} s; `tactful explain {sent.id}` tells the rest."
        )
        return True
    Screen(error=True).say(
        f"No verdict in {timeout_s:g} s. Does the decide job run? `tactful status` tells."
    )
    return False
