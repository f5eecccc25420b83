"""What may be asked."""

import strawberry

from api import shapes
from api.auditing import audited
from api.auth import Scope
from api.bodies import converted
from api.graphql.calling import caller_of, month_of, size_of, user_of
from api.graphql.guard import Guard
from api.graphql.policy_text import text_of
from api.graphql.types import (
    Audience,
    AuditPage,
    AuditRow,
    BestTime,
    Consent,
    Export,
    Json,
    Model,
    Policy,
    PolicyChecked,
    Preferences,
    Profile,
    Receipt,
    Verdict,
    VerdictPage,
)
from api.graphql.types.turns import in_turns
from api.problems import invalid
from api.routes import policies
from api.routes.audiences import audience_of, best_time_of
from api.routes.decisions import MAX_WAIT_MS, newest
from api.routes.histories import audit_page
from api.routes.models import model_of
from api.routes.preferences import consent_in, preferences_in
from api.routes.privacy import erasure_of, exported
from api.routes.profiles import shown, snapshot_of
from api.timeline import held_of, page_of_history, story_of
from schemas.audit import AuditAction
from tactful.policy.form import write_policy

READ = AuditAction.READ


@strawberry.type
class Query:
    """What may be asked."""

    @strawberry.field(extensions=[Guard(Scope.PROFILES_READ)])
    async def profile(self, info: strawberry.Info, user_id: str) -> Profile | None:
        """A user's profile; null for one never seen, or erased."""
        at = caller_of(info)
        user_id = user_of(user_id)
        snapshot = await snapshot_of(at.services, at.who, user_id)
        if snapshot is None or snapshot.erased:
            audited(at.request, at.services, at.who, READ, user_id, ())
            return None
        profile, fields = await shown(at.services, at.who, snapshot)
        audited(at.request, at.services, at.who, READ, user_id, fields)
        return Profile.of(profile)

    @strawberry.field(extensions=[Guard(Scope.PREFERENCES_READ)])
    async def preferences(self, info: strawberry.Info, user_id: str) -> Preferences:
        """What a user wants; empty for one who never said anything."""
        at = caller_of(info)
        snapshot = await snapshot_of(at.services, at.who, user_of(user_id))
        audited(at.request, at.services, at.who, READ, user_id, ["preferences", "time_zone"])
        return Preferences.of(preferences_in(snapshot, user_id))

    @strawberry.field(extensions=[Guard(Scope.CONSENT_READ)])
    async def consent(self, info: strawberry.Info, user_id: str) -> Consent:
        """What a user allows; the most specific counts."""
        at = caller_of(info)
        snapshot = await snapshot_of(at.services, at.who, user_of(user_id))
        audited(at.request, at.services, at.who, READ, user_id, ["consent"])
        return Consent.of(consent_in(snapshot, user_id))

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
        at = caller_of(info)
        found = await page_of_history(
            at.services, user_of(user_id), month_of(month), page, size_of(size)
        )
        audited(at.request, at.services, at.who, READ, user_id, ["history"])
        entries = in_turns([Verdict.of(entry) for entry in found.entries])
        return VerdictPage(entries=entries, next=found.next_page)

    @strawberry.field(extensions=[Guard(Scope.HISTORY_READ)])
    async def held(self, info: strawberry.Info, user_id: str) -> list[Verdict]:
        """What waits for a user, the soonest first."""
        at = caller_of(info)
        found = await held_of(at.services, user_of(user_id))
        audited(at.request, at.services, at.who, READ, user_id, ["held"])
        return in_turns([Verdict.of(entry) for entry in found])

    @strawberry.field(extensions=[Guard(Scope.HISTORY_READ)])
    async def explanation(
        self, info: strawberry.Info, user_id: str, request_id: str
    ) -> list[Verdict]:
        """All verdicts on a request, oldest first; empty where there are none."""
        at = caller_of(info)
        found = await story_of(at.services, user_of(user_id), request_id)
        audited(at.request, at.services, at.who, READ, user_id, ["history"], request_id[:256])
        return in_turns([Verdict.of(entry) for entry in found])

    @strawberry.field(extensions=[Guard(Scope.AUDIT_READ)])
    async def audit(
        self,
        info: strawberry.Info,
        user_id: str,
        month: str | None = None,
        page: str | None = None,
        size: int = 50,
    ) -> AuditPage:
        """Who read or changed a user's data, newest first."""
        at = caller_of(info)
        rows, following, _ = await audit_page(
            at.services, user_of(user_id), month_of(month), page, size_of(size)
        )
        audited(at.request, at.services, at.who, READ, user_id, ["audit"])
        return AuditPage(entries=in_turns([AuditRow.of(row) for row in rows]), next=following)

    @strawberry.field(extensions=[Guard(Scope.PROFILES_READ)])
    async def best_time(self, info: strawberry.Info, user_id: str, type: str) -> BestTime | None:  # noqa: A002
        """The best channel and moment for a type; null for a user never seen."""
        at = caller_of(info)
        found = await best_time_of(at.request, at.services, at.who, user_of(user_id), type)
        return None if found is None else BestTime.of(found)

    @strawberry.field(extensions=[Guard(Scope.AUDIENCES_READ, heavy=True)])
    async def audience_best_time(
        self,
        info: strawberry.Info,
        type: str,  # noqa: A002
        user_ids: list[str],
    ) -> Audience:
        """The best channels and moments for many users, as many as the body holds up to 1,000."""
        at = caller_of(info)
        asked = converted(shapes.AudienceIn, {"type": type, "user_ids": user_ids})
        return Audience.of(await audience_of(at.request, at.services, at.who, asked))

    @strawberry.field(extensions=[Guard(Scope.DECISIONS_READ)])
    async def decision(
        self, info: strawberry.Info, decision_id: str, wait_ms: int = 0
    ) -> Verdict | None:
        """The newest verdict of a decision; waits for it where there is none yet."""
        at = caller_of(info)
        if not 0 <= wait_ms <= MAX_WAIT_MS:
            raise invalid("waitMs", str(wait_ms), f"0..{MAX_WAIT_MS}")
        entry = await newest(at.services, decision_id[:64], wait_ms)
        if entry is None:
            return None
        audited(at.request, at.services, at.who, READ, entry.user_id, ["ledger"], entry.decision_id)
        return Verdict.of(entry)

    @strawberry.field(extensions=[Guard(Scope.POLICY_READ)])
    async def policy(self, info: strawberry.Info) -> Policy:
        """The policy in force."""
        services = caller_of(info).services
        found, in_force = policies.shown(services), policies.in_force(services)
        return Policy(
            version=found.version,
            policy=found.policy,
            refused=found.refused,
            etag=policies.etag_of(in_force),
            yaml=write_policy(in_force),
        )

    @strawberry.field(extensions=[Guard(Scope.POLICY_READ)])
    async def check_policy(self, info: strawberry.Info, policy: Json) -> PolicyChecked:
        """All that is wrong with a policy (an object, or YAML as text); and what would change."""
        return PolicyChecked.of(policies.checked(caller_of(info).services, text_of(policy)))

    @strawberry.field(extensions=[Guard(Scope.POLICY_READ, heavy=True)])
    async def preview_policy(self, info: strawberry.Info, policy: Json) -> Json:
        """What a policy would have changed, as of `POST /v1/policy/preview`."""
        return await policies.previewed(caller_of(info).services, text_of(policy))

    @strawberry.field(extensions=[Guard(Scope.MODELS_READ)])
    async def models(self, info: strawberry.Info) -> list[Model]:
        """The models in use."""
        records = caller_of(info).services.knowledge.models()
        return [Model.of(model_of(task, records[task])) for task in sorted(records)]

    @strawberry.field(extensions=[Guard(Scope.EXPORT, heavy=True)])
    async def export(self, info: strawberry.Info, user_id: str) -> Export:
        """Profile with contact data, verdicts and audit records of a user."""
        at = caller_of(info)
        return Export.of(await exported(at.request, at.services, at.who, user_of(user_id)))

    @strawberry.field(extensions=[Guard(Scope.ERASE)])
    async def erasure(self, info: strawberry.Info, user_id: str, receipt: str) -> Receipt:
        """Whether an erasure is done; asked with its receipt."""
        at = caller_of(info)
        found = await erasure_of(at.request, at.services, at.who, user_of(user_id), receipt[:1024])
        return Receipt.of(found)
