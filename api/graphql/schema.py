"""The schema: what may be asked, and what may be changed."""

from typing import Any

import msgspec
import strawberry
from graphql import GraphQLError
from strawberry.extensions import MaxAliasesLimiter, MaxTokensLimiter, QueryDepthLimiter

from api.auditing import audited
from api.auth import Scope
from api.best_time import best_time
from api.graphql.guard import Caller, Guard
from api.graphql.types import (
    Accepted,
    BestTime,
    Json,
    Model,
    Policy,
    Profile,
    Settings,
    Verdict,
    VerdictPage,
    plain,
)
from api.kafka.knowledge import Refusal
from api.problems import invalid
from api.routes.audiences import known_type
from api.routes.decisions import newest
from api.routes.intake import accept
from api.routes.models import model_of
from api.routes.preferences import consent_in, preferences_in
from api.routes.profiles import seen_by_writer, shown, snapshot_of, write_update
from api.timeline import held_of, page_of_history, story_of
from schemas.audit import AuditAction
from tactful.knowledge import POLICY_KEY
from tactful.records import RecordKind

_MAX_PAGE = 200


@strawberry.type
class Query:
    """What may be asked."""

    @strawberry.field(extensions=[Guard(Scope.PROFILES_READ)])
    async def profile(self, info: strawberry.Info, user_id: str) -> Profile | None:
        """A user's profile; null for one never seen, or erased."""
        at = _at(info)
        user_id = _user(user_id)
        snapshot = await snapshot_of(at.services, at.who, user_id)
        if snapshot is None or snapshot.erased:
            audited(at.request, at.services, at.who, AuditAction.READ, user_id, ())
            return None
        profile, fields = await shown(at.services, at.who, snapshot)
        audited(at.request, at.services, at.who, AuditAction.READ, user_id, fields)
        return Profile.of(profile)

    @strawberry.field(extensions=[Guard(Scope.HISTORY_READ)])
    async def history(
        self,
        info: strawberry.Info,
        user_id: str,
        month: str | None = None,
        page: str | None = None,
        size: int = 50,
    ) -> VerdictPage:
        """Verdicts about a user, newest first."""
        at = _at(info)
        if not 1 <= size <= _MAX_PAGE:
            raise invalid("size", str(size), f"1..{_MAX_PAGE}")
        found = await page_of_history(at.services, _user(user_id), month, page, size)
        audited(at.request, at.services, at.who, AuditAction.READ, user_id, ["history"])
        return VerdictPage(entries=[Verdict.of(e) for e in found.entries], next=found.next_page)

    @strawberry.field(extensions=[Guard(Scope.HISTORY_READ)])
    async def held(self, info: strawberry.Info, user_id: str) -> list[Verdict]:
        """What waits for a user, the soonest first."""
        at = _at(info)
        found = await held_of(at.services, _user(user_id))
        audited(at.request, at.services, at.who, AuditAction.READ, user_id, ["held"])
        return [Verdict.of(entry) for entry in found]

    @strawberry.field(extensions=[Guard(Scope.HISTORY_READ)])
    async def explanation(
        self, info: strawberry.Info, user_id: str, request_id: str
    ) -> list[Verdict]:
        """All verdicts on a request, oldest first; empty where there are none."""
        at = _at(info)
        found = await story_of(at.services, _user(user_id), request_id)
        audited(at.request, at.services, at.who, AuditAction.READ, user_id, ["history"])
        return [Verdict.of(entry) for entry in found]

    @strawberry.field(extensions=[Guard(Scope.PROFILES_READ)])
    async def best_time(self, info: strawberry.Info, user_id: str, type: str) -> BestTime | None:  # noqa: A002
        """The best channel and moment for a type; null for a user never seen."""
        at = _at(info)
        kind = known_type(at.services, type)
        snapshot = await snapshot_of(at.services, at.who, _user(user_id))
        audited(at.request, at.services, at.who, AuditAction.READ, user_id, ["best_time"])
        if snapshot is None or snapshot.erased:
            return None
        knowledge = at.services.knowledge.current
        return BestTime.of(best_time(snapshot, kind, at.services.now_ms(), knowledge))

    @strawberry.field(extensions=[Guard(Scope.DECISIONS_READ)])
    async def decision(self, info: strawberry.Info, decision_id: str) -> Verdict | None:
        """The newest verdict of a decision."""
        at = _at(info)
        entry = await newest(at.services, decision_id[:64])
        if entry is None:
            return None
        audited(at.request, at.services, at.who, AuditAction.READ, entry.user_id, ["ledger"])
        return Verdict.of(entry)

    @strawberry.field(extensions=[Guard(Scope.POLICY_READ)])
    async def policy(self, info: strawberry.Info) -> Policy:
        """The policy in force."""
        view = _at(info).services.knowledge
        refusal: Refusal | None = view.refused.get(POLICY_KEY)
        found = view.current.policy
        return Policy(
            version=found.version,
            policy=msgspec.to_builtins(found),
            refused=refusal.why if refusal else None,
        )

    @strawberry.field(extensions=[Guard(Scope.MODELS_READ)])
    async def models(self, info: strawberry.Info) -> list[Model]:
        """The models in use."""
        records = _at(info).services.knowledge.models()
        return [Model.of(model_of(task, records[task])) for task in sorted(records)]


@strawberry.type
class Mutation:
    """What may be changed. All of it goes through Kafka."""

    @strawberry.mutation(extensions=[Guard(Scope.PREFERENCES_WRITE)])
    async def set_preferences(
        self, info: strawberry.Info, user_id: str, preferences: Json
    ) -> Settings:
        """Change what a user wants; what is not named stays, null takes back."""
        return await _change(info, _user(user_id), {"preferences": plain(preferences)})

    @strawberry.mutation(extensions=[Guard(Scope.CONSENT_WRITE)])
    async def set_consent(self, info: strawberry.Info, user_id: str, consent: Json) -> Settings:
        """Give, refuse or (null) take back consents."""
        return await _change(info, _user(user_id), {"consent": plain(consent)}, AuditAction.CONSENT)

    @strawberry.mutation(extensions=[Guard(Scope.EVENTS_WRITE)])
    async def send_event(self, info: strawberry.Info, event: Json) -> Accepted:
        """Something a user did, as of `POST /v1/events`."""
        return await _sent(info, RecordKind.EVENT, event)

    @strawberry.mutation(extensions=[Guard(Scope.REQUESTS_WRITE)])
    async def send_request(self, info: strawberry.Info, request: Json) -> Accepted:
        """Ask for a user to be notified, as of `POST /v1/requests`."""
        return await _sent(info, RecordKind.REQUEST, request)

    @strawberry.mutation(extensions=[Guard(Scope.FEEDBACK_WRITE)])
    async def send_feedback(self, info: strawberry.Info, feedback: Json) -> Accepted:
        """What became of a notification, as of `POST /v1/feedback`."""
        return await _sent(info, RecordKind.FEEDBACK, feedback)


class Quiet(strawberry.Schema):
    """A schema that logs nothing by itself: texts of errors may hold what users said."""

    def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
        """Errors are told to the caller, and logged by the route without their texts."""


schema = Quiet(
    query=Query,
    mutation=Mutation,
    extensions=[
        lambda: QueryDepthLimiter(max_depth=10),
        lambda: MaxAliasesLimiter(max_alias_count=15),
        lambda: MaxTokensLimiter(max_token_count=2_000),
    ],
)


def _at(info: strawberry.Info) -> Caller:
    caller = info.context
    assert isinstance(caller, Caller)
    return caller


def _user(user_id: str) -> str:
    if not 1 <= len(user_id) <= 256:
        raise invalid("userId", f"{len(user_id)} characters", "1..256 characters")
    return user_id


def _place(info: strawberry.Info) -> str:
    """Which field of the document this is: one Idempotency-Key serves all of them."""
    return "/".join(map(str, info.path.as_list()))


async def _sent(info: strawberry.Info, kind: RecordKind, fields: Any) -> Accepted:
    at = _at(info)
    accepted = await accept(at.request, at.who, kind, plain(fields), _place(info))
    return Accepted(
        id=accepted.id,
        user_id=accepted.user_id,
        at_ms=accepted.at_ms,
        decision_id=accepted.decision_id,
    )


async def _change(
    info: strawberry.Info,
    user_id: str,
    fields: dict[str, Any],
    action: AuditAction = AuditAction.CHANGE,
) -> Settings:
    at = _at(info)
    place = f"{_place(info)}|{user_id}"
    await write_update(at.request, user_id, at.who, fields, action, place=place)
    snapshot = await seen_by_writer(at.services, at.who, user_id)
    return Settings(
        user_id=user_id,
        preferences=preferences_in(snapshot, user_id).preferences,
        consent=consent_in(snapshot, user_id).consent,
    )
