"""What may be changed. All of it goes through Kafka, and once per Idempotency-Key and field.

Each field may be null, so that one that fails doesn't take with it the answers of those that were
done: a receipt of an erasure, or the id of a record.
"""

import time
from typing import Any

import strawberry

from api import shapes
from api.auditing import audited
from api.auth import Scope
from api.bodies import converted
from api.graphql.calling import caller_of, done_once, place_of, plain, user_of
from api.graphql.guard import Guard
from api.graphql.policy_text import text_of
from api.graphql.types import (
    Accepted,
    BulkAccepted,
    Json,
    Link,
    PolicyPushed,
    Receipt,
    Settings,
    Verdict,
)
from api.routes import policies
from api.routes.decisions import asked_of, verdict_on
from api.routes.intake import accept, accept_all, events_of
from api.routes.linking import link_for
from api.routes.preferences import replacing
from api.routes.privacy import confirmed, erase
from api.routes.profiles import of_profile_alone, seen_by_writer, write_update
from schemas.audit import AuditAction
from tactful.records import RecordKind


@strawberry.type
class Mutation:
    """What may be changed. All of it goes through Kafka."""

    @strawberry.mutation(extensions=[Guard(Scope.PROFILES_WRITE)])
    async def update_profile(
        self, info: strawberry.Info, user_id: str, profile: Json
    ) -> Accepted | None:
        """Change attributes, identifiers or zone, as of `PATCH /v1/users/{user_id}/profile`."""
        at = caller_of(info)
        user_id = user_of(user_id)
        fields = of_profile_alone(plain("profile", profile))

        async def work() -> shapes.Accepted:
            place = _place(info, user_id)
            accepted, _ = await write_update(at.request, user_id, at.who, fields, place=place)
            return accepted

        return Accepted.of(await done_once(info, [user_id, profile], work, shapes.Accepted))

    @strawberry.mutation(extensions=[Guard(Scope.PREFERENCES_WRITE)])
    async def set_preferences(
        self, info: strawberry.Info, user_id: str, preferences: Json
    ) -> Settings | None:
        """Change what a user wants; what is not named stays, null takes back."""
        fields = {"preferences": plain("preferences", preferences)}
        return await _changed(info, user_of(user_id), "preferences", fields)

    @strawberry.mutation(extensions=[Guard(Scope.CONSENT_WRITE)])
    async def set_consent(
        self, info: strawberry.Info, user_id: str, consent: Json
    ) -> Settings | None:
        """Give, refuse or (null) take back consents."""
        return await _changed(
            info, user_of(user_id), "consent", {"consent": plain("consent", consent)}
        )

    @strawberry.mutation(extensions=[Guard(Scope.CONSENT_WRITE)])
    async def replace_consent(
        self, info: strawberry.Info, user_id: str, consent: Json
    ) -> Settings | None:
        """The whole consent: what was given or refused before and is not named is taken back."""
        wanted = converted(shapes.ConsentIn, {"consent": consent})
        return await _changed(
            info, user_of(user_id), "consent", {"consent": wanted.consent}, whole=True
        )

    @strawberry.mutation(extensions=[Guard(Scope.EVENTS_WRITE)])
    async def send_event(self, info: strawberry.Info, event: Json) -> Accepted | None:
        """Something a user did, as of `POST /v1/events`."""
        return await _sent(info, RecordKind.EVENT, "event", event)

    @strawberry.mutation(extensions=[Guard(Scope.EVENTS_WRITE)])
    async def send_events(self, info: strawberry.Info, events: list[Json]) -> BulkAccepted | None:
        """Many events, each judged by itself; as many as the body holds, up to 1,000."""
        at = caller_of(info)
        several = events_of(at.services, [_copied(each) for each in events])

        async def work() -> shapes.BulkAccepted:
            return await accept_all(at.request, at.who, several, place_of(info))

        return BulkAccepted.of(await done_once(info, events, work, shapes.BulkAccepted))

    @strawberry.mutation(extensions=[Guard(Scope.REQUESTS_WRITE)])
    async def send_request(self, info: strawberry.Info, request: Json) -> Accepted | None:
        """Ask for a user to be notified, as of `POST /v1/requests`."""
        return await _sent(info, RecordKind.REQUEST, "request", request)

    @strawberry.mutation(extensions=[Guard(Scope.FEEDBACK_WRITE)])
    async def send_feedback(self, info: strawberry.Info, feedback: Json) -> Accepted | None:
        """What became of a notification, as of `POST /v1/feedback`."""
        return await _sent(info, RecordKind.FEEDBACK, "feedback", feedback)

    @strawberry.mutation(extensions=[Guard(Scope.DECISIONS_WRITE)])
    async def decide(
        self, info: strawberry.Info, request: Json, deadline_ms: int | None = None
    ) -> Verdict | None:
        """Ask, and wait for the verdict, as of `POST /v1/decisions`.

        Past the deadline it is null, and an error with the code `decision-pending` tells
        `decisionId`, for the query `decision`, and `statusUrl`. The request is not taken back. A
        document waits for all its decisions together no longer than for one with the longest
        deadline.
        """
        at = caller_of(info)
        settings = at.services.settings
        wanted_ms = settings.decision_deadline_ms if deadline_ms is None else deadline_ms
        spent_ms = int((time.monotonic() - at.began_s) * 1000)
        left_ms = max(50, settings.max_decision_deadline_ms - spent_ms)
        if 50 <= wanted_ms <= settings.max_decision_deadline_ms:
            wanted_ms = min(wanted_ms, left_ms)
        asked = asked_of(at.request, at.who, plain("request", request), wanted_ms, place_of(info))

        async def work() -> shapes.DecisionOut:
            return await verdict_on(at.services, asked)

        said = [request, deadline_ms]
        return Verdict.of((await done_once(info, said, work, shapes.DecisionOut)).entry)

    @strawberry.mutation(extensions=[Guard(Scope.POLICY_WRITE)])
    async def push_policy(
        self, info: strawberry.Info, policy: Json, if_match: str | None = None
    ) -> PolicyPushed | None:
        """Push a policy (an object, or YAML as text); all jobs change over without a restart.

        With `ifMatch` only if the policy in force still has that `etag`.
        """
        at = caller_of(info)
        return PolicyPushed.of(await policies.pushed(at.services, text_of(policy), if_match))

    @strawberry.mutation(extensions=[Guard(Scope.ERASE, heavy=True)])
    async def request_erasure(
        self, info: strawberry.Info, user_id: str, confirm: str
    ) -> Receipt | None:
        """Forget a user; `confirm` is the user's id again. The receipt tells when it is done."""
        at = caller_of(info)
        user_id = user_of(user_id)
        confirmed(confirm, user_id)

        async def work() -> shapes.Receipt:
            return await erase(at.request, at.services, at.who, user_id, _place(info, user_id))

        return Receipt.of(await done_once(info, [user_id, confirm], work, shapes.Receipt))

    @strawberry.mutation(extensions=[Guard(Scope.LINKS_WRITE)])
    async def create_link(self, info: strawberry.Info, user_id: str, link: Json) -> Link | None:
        """A link for a message to a user, as of `POST /v1/users/{user_id}/links`."""
        at = caller_of(info)
        asked = converted(shapes.LinkIn, plain("link", link))
        return Link.of(link_for(at.request, at.services, at.who, user_of(user_id), asked))


def _copied(value: Any) -> Any:
    # Identity is filled in, and what was said has to stay as it was for the key's sake.
    return dict(value) if isinstance(value, dict) else value


def _place(info: strawberry.Info, user_id: str) -> str:
    """Of a record whose user stands in an argument beside it."""
    return f"{place_of(info)}|{user_id}"


async def _sent(info: strawberry.Info, kind: RecordKind, name: str, record: Any) -> Accepted:
    at = caller_of(info)
    fields = plain(name, record)

    async def work() -> shapes.Accepted:
        return await accept(at.request, at.who, kind, fields, place_of(info))

    return Accepted.of(await done_once(info, record, work, shapes.Accepted))


async def _changed(
    info: strawberry.Info,
    user_id: str,
    part: str,
    said: dict[str, Any],
    *,
    whole: bool = False,
) -> Settings:
    """Write a change of preferences or consent, once, and show both with it."""
    at = caller_of(info)

    async def seen() -> Settings:
        snapshot = await seen_by_writer(at.services, at.who, user_id)
        return Settings(user_id=user_id, snapshot=snapshot, changed=part)

    async def work() -> Settings:
        fields = dict(said)
        if whole:
            wanted = said["consent"]
            fields["consent"] = await replacing(at.services, at.who, user_id, wanted)
        action = AuditAction.CONSENT if part == "consent" else AuditAction.CHANGE
        place = _place(info, user_id)
        await write_update(at.request, user_id, at.who, fields, action, place=place, said=said)
        return await seen()

    async def again() -> Settings:
        audited(at.request, at.services, at.who, AuditAction.READ, user_id, [part])
        return await seen()

    return await done_once(info, [user_id, said], work, again=again)
