"""A small town that lives two weeks through the real core, so that the console has what to show."""

import random
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pyotp
from api_previews import previewed
from api_world import NOW_MS, World
from learning_kit import START_MS, population
from playwright.sync_api import Browser, expect

from api.auth.clients import NewClient
from api.auth.scopes import Role
from api.kafka.events import UserEvents
from api.kafka.lags import CachedLags
from connectors.kafka.group_lags import GroupLag
from tactful.history import Past, live
from tactful.knowledge import MODEL_KEY, POLICY_KEY
from tactful.learning.trainer import Trainer
from tactful.local_time import DAY_MS, HOUR_MS, MINUTE_MS
from tactful.models import encode_snapshot
from tactful.models.keys import history_key
from tactful.policy import DEFAULT_POLICY
from tactful.records import (
    DeadLetter,
    DeadLetterReason,
    Event,
    Example,
    Feedback,
    LedgerEntry,
    Outcome,
    Preferences,
    Priority,
    ProfileSnapshot,
    ProfileUpdate,
    QuietHours,
    RecordKind,
    Request,
    Verdict,
)

USER = "ada"
TYPES = ("promotion", "cart_reminder", "recommendation", "newsletter", "tip", "order_update")


class FakeLagSource:
    """Lags that rise and fall."""

    def __init__(self) -> None:
        self.asked = 0

    def read(self) -> list[GroupLag]:
        self.asked += 1
        wave = self.asked % 5
        return [
            GroupLag("tactful.decide", "tactful.events", 140 + 35 * wave),
            GroupLag("tactful.decide", "tactful.requests", 22 + 4 * wave),
            GroupLag("tactful.decide", "tactful.feedback", 9),
            GroupLag("tactful.history-sink", "tactful.ledger", 310 - 40 * wave),
            GroupLag("tactful.learn", "tactful.examples", 56),
            GroupLag("tactful.profile-sink", "tactful.profiles", 12),
        ]


def client_of(world: World, *roles: Role, name: str = "ops") -> NewClient:
    """A client that may sign in."""
    return world.clients.add(name, list(roles))


def code_of(client: NewClient, later_s: int = 0) -> str:
    """The one-time code of this moment, or of one a little later."""
    assert client.totp_uri is not None
    return pyotp.TOTP(pyotp.parse_uri(client.totp_uri).secret).at(int(time.time()) + later_s)


class Town:
    """A world with people in it.

    Args:
        world: where they live.
        users: how many, beside `USER`.
        seed: of all chances.
    """

    def __init__(self, world: World, users: int = 40, seed: int = 7) -> None:
        self.world = world
        self.dice = random.Random(seed)
        self.pasts: dict[str, list[Past]] = {}
        self._number = 0
        world.services.events = self
        services = world.services
        services.lags = CachedLags(FakeLagSource)
        services.extras["preview"] = self.preview
        services.health = lambda: {"kafka": None, "cassandra": None, "redis": None}
        self._models()
        for name in [USER, *(f"u-{1000 + at}" for at in range(users))]:
            self._live_through(name)

    def rush(self, count: int = 400, span_ms: int = 14 * MINUTE_MS) -> None:
        """Verdicts of the last minutes, as the ledger would tell them."""
        found = [e for entries in self.world.profiles.history.values() for e in entries]
        made = []
        for _ in range(count):
            part = self.dice.random()
            wave = 0.75 + 0.25 * ((part * 3) % 1)
            if self.dice.random() > wave:
                continue
            at_ms = self.world.now_ms - int(span_ms * part)
            made.append(self._again(self.dice.choice(found), at_ms))
        self.world.ledger.take(sorted(made, key=lambda e: e.decided_at_ms))

    def letters(self) -> None:
        """Dead letters of several kinds: some can go back, some can't."""
        now_ms = self.world.now_ms
        good = {"id": "e-late-1", "user_id": "u-1001", "name": "app_open", "at_ms": now_ms - 5_000}
        broken = {"id": 17, "user_id": "u-1002", "name": "purchase", "at_ms": now_ms}
        wrong = {"id": "r-9", "user_id": "u-1003", "type": "tip", "at_ms": now_ms}
        events, requests = "tactful.events", "tactful.requests"
        for at in range(9):
            good = {**good, "id": f"e-late-{at}", "user_id": f"u-{1000 + at}"}
            self._letter(DeadLetterReason.STEP_FAILED, "KeyError: 'segment'", events, good, at)
        for at in range(3):
            self.world._decide(RecordKind.EVENT, "u-1002", msgspec.json.encode(broken), 40 + at)
        self.world._decide(RecordKind.REQUEST, "u-1009", msgspec.json.encode(wrong), 50)
        late = {**good, "id": "e-old", "at_ms": now_ms - 9 * DAY_MS}
        detail = (
            f"event 'e-old': field \"at_ms\": found {late['at_ms']}, 777600000 ms behind the "
            "clock, allowed: at most 604800000 ms behind"
        )
        self._letter(DeadLetterReason.TOO_LATE, detail, events, late, 60)
        self._letter(
            DeadLetterReason.UNKEYED, "no key", requests, {**wrong, "id": "r-10"}, 61, None
        )

    async def preview(self, policy: bytes) -> dict[str, Any]:
        """What `POST /v1/policy/preview` says, decided over the town's own history."""
        return previewed(self.pasts, self.world.knowledge.current.policy, policy)

    def _models(self) -> None:
        """Six versions of an engagement model, and rates."""
        view = self.world.knowledge
        policy = msgspec.structs.replace(DEFAULT_POLICY, version="shop-12")
        view.take(POLICY_KEY, msgspec.json.encode(policy), 0)
        for task in ("engagement", "rates"):
            trainer = Trainer(task)
            truth = {"channel_log_odds": 0.8, "dosage": -0.5, "hour:9": 0.9, "channel:email": -0.4}
            for batch in range(6):
                if batch == 4:  # people change: the model finds that it drifts
                    truth = {
                        "channel_log_odds": 0.5,
                        "dosage": -0.45,
                        "hour:9": -0.6,
                        "channel:push": 2.0,
                    }
                trainer.learn(
                    map(_of_late, population(700, seed=batch, start=700 * batch, truth=truth))
                )
                at_ms = NOW_MS - (6 - batch) * 9 * HOUR_MS
                value = encode_snapshot(trainer.snapshot(at_ms))
                version = msgspec.json.decode(value)["version"]
                view.take(history_key(trainer.task, version), value, 10 + batch)
                view.take(f"{MODEL_KEY}{task}", value, 20 + batch)

    async def of_user(self, user_id: str) -> UserEvents:
        """What the user did, as the stream would tell."""
        records = [past.record for past in self.pasts.get(user_id, ())]
        return UserEvents([each for each in records if isinstance(each, Event)])

    def _live_through(self, name: str) -> None:
        now_ms = self.world.now_ms
        past = list(self._past(name))
        # Sends are known only once they were decided; what comes back of them is a second life.
        sends = [e for e in self._lived(name, past, now_ms) if e.verdict is Verdict.SEND]
        answers = [a for sent in sends for a in self._answers(sent) if a.at_ms < now_ms]
        self.world.services.outcomes.take(answers)
        past += [Past(a.at_ms, RecordKind.FEEDBACK.value, a.id, a) for a in answers]
        self.pasts[name] = past
        entries = self._lived(name, past, now_ms, keep=True)
        self.world.profiles.history[name] = entries
        self.world.ledger.take(entries[-3:])

    def _lived(
        self, name: str, past: list[Past], now_ms: int, *, keep: bool = False
    ) -> list[LedgerEntry]:
        knowledge = self.world.knowledge.current
        outputs = live(name, past, knowledge, until_ms=now_ms)
        snapshots = [each for each in outputs if isinstance(each, ProfileSnapshot)]
        if keep and snapshots:
            self.world.profiles.take(snapshots[-1])
        return [each for each in outputs if isinstance(each, LedgerEntry)]

    def _past(self, name: str) -> Iterator[Past]:
        now_ms, dice = self.world.now_ms, self.dice
        plain = {"email": f"{name}@example.org", "push_token": f"token-of-{name}"}
        identifiers = self.world.runner.run(self.world.cipher.encrypt(name, plain))
        quiet = QuietHours("22:30", "07:30") if name == USER else msgspec.UNSET
        preferences = Preferences(quiet_hours=quiet, types={"newsletter": dice.random() < 0.7})
        begun = ProfileUpdate(
            self._id("p"),
            name,
            now_ms - 20 * DAY_MS,
            attributes={"plan": dice.choice(["free", "plus"]), "country": "DE"},
            identifiers=identifiers,
            preferences=preferences,
            consent={"marketing": name == USER or dice.random() < 0.85},
            time_zone="Europe/Berlin",
        )
        yield Past(begun.at_ms, RecordKind.PROFILE_UPDATE.value, begun.id, begun)
        for day in range(18, -1, -1):
            for _ in range(dice.randint(0, 4)):
                hour = dice.choice([7, 8, 12, 18, 19, 20, 21])
                at_ms = self._at(day, hour)
                event = Event(self._id("e"), name, "app_open", at_ms)
                yield Past(at_ms, RecordKind.EVENT.value, event.id, event)
            for _ in range(dice.randint(0, 3 if name != USER else 2)):
                at_ms = self._at(day, dice.randint(6, 23))
                asked = Request(
                    self._id("r"),
                    name,
                    dice.choice(TYPES),
                    at_ms,
                    priority=dice.choice([None, Priority.NORMAL, Priority.HIGH]),
                )
                yield Past(at_ms, RecordKind.REQUEST.value, asked.id, asked)

        for kind, minutes in (("newsletter", 40), ("promotion", 25)) if name == USER else ():
            at_ms = now_ms - minutes * MINUTE_MS
            asked = Request(self._id("r"), name, kind, at_ms, priority=Priority.NORMAL)
            yield Past(at_ms, RecordKind.REQUEST.value, asked.id, asked)

    def _answers(self, sent: LedgerEntry) -> Iterator[Feedback]:
        dice = self.dice
        for outcome, chance, after_ms in (
            (Outcome.DELIVERED, 0.97, 2_000),
            (Outcome.OPENED, 0.35, dice.randint(1, 200) * MINUTE_MS),
            (Outcome.CLICKED, 0.12, dice.randint(200, 400) * MINUTE_MS),
            (Outcome.DISMISSED, 0.08, dice.randint(1, 50) * MINUTE_MS),
        ):
            if dice.random() < chance:
                at_ms = sent.decided_at_ms + after_ms
                channel = str(sent.channel)
                number = f"{sent.decision_id}:{outcome}"
                yield Feedback(number, sent.user_id, sent.decision_id, channel, outcome, at_ms)

    def _again(self, entry: LedgerEntry, at_ms: int) -> LedgerEntry:
        return msgspec.structs.replace(
            entry,
            user_id=f"crowd-{self._id('u')}",
            decision_id=self._id("d"),
            decided_at_ms=at_ms,
            requested_at_ms=at_ms - 40,
        )

    def _letter(
        self,
        reason: DeadLetterReason,
        detail: str,
        topic: str,
        record: dict[str, Any],
        offset: int,
        key: str | None = "",
    ) -> None:
        who = str(record["user_id"]) if key == "" else key
        seen_ms = self.world.now_ms - offset * MINUTE_MS
        value = msgspec.json.encode(record)
        made = DeadLetter(reason, detail, topic, 0, offset, value, who, seen_ms)
        self.world.services.letters.take([made])

    def _at(self, days_ago: int, hour: int) -> int:
        midnight_ms = self.world.now_ms // DAY_MS * DAY_MS
        at_ms = midnight_ms - days_ago * DAY_MS + hour * HOUR_MS + self.dice.randint(0, 3_599_999)
        return at_ms if at_ms < self.world.now_ms else at_ms - DAY_MS

    def _id(self, kind: str) -> str:
        self._number += 1
        return f"{kind}-{self._number}"


def _of_late(example: Example) -> Example:
    """An example of the last days."""
    age_ms = NOW_MS - 54 * HOUR_MS - START_MS
    spread_ms = (example.at_ms - START_MS) * 45  # a second of the kit is 45 of the town
    at_ms = START_MS + age_ms + spread_ms
    return msgspec.structs.replace(example, at_ms=at_ms, labelled_at_ms=at_ms + HOUR_MS)


def a_town(world: World) -> Town:
    """A town with verdicts of the last minutes and dead letters."""
    town = Town(world)
    town.rush()
    town.letters()
    return town


def signed_in(browser: Browser, url: str, world: World) -> Any:
    """The cookies of an admin who signed in as people do, for new contexts of a browser."""
    client = client_of(world, Role.ADMIN)
    context = browser.new_context(base_url=url)
    page = context.new_page()
    page.goto("/console/models")
    page.get_by_label("Client id").fill(client.id)
    page.get_by_label("Secret").fill(client.secret)
    page.get_by_label("One-time code").fill(code_of(client))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Models")).to_be_visible(timeout=20_000)
    assert page.url.endswith("/console/models")
    state = context.storage_state()
    context.close()
    return state
