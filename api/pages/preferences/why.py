"""Why did I get this: the last verdicts about a person as sentences for someone who asks."""

from dataclasses import dataclass

from api.pages.shared import Texts
from api.problems import Problem
from api.services import Services
from api.timeline import newest_of
from tactful.policy import ConsentMode, Policy, Purpose
from tactful.records import LedgerEntry, Reason, Verdict

_MOST = 12
_PAGES = 1


@dataclass(frozen=True, slots=True)
class Story:
    """One notification, and what became of it."""

    title: str
    state: str
    """`sent`, `joined`, `waiting` or `kept`: a key of the texts, and a class of the style."""
    when: str
    sentences: tuple[str, ...]


async def stories_of(
    services: Services, user_id: str, policy: Policy, t: Texts, zone: str
) -> list[Story] | None:
    """The last notifications, newest first; None when they can't be read now."""
    try:
        entries = await newest_of(services, user_id, _PAGES)
    except Problem:
        return None
    newest = sorted(entries, key=lambda each: (-each.decided_at_ms, each.decision_id))
    return [told(each, policy, t, zone) for each in newest[:_MOST]]


def told(entry: LedgerEntry, policy: Policy, t: Texts, zone: str) -> Story:
    """One verdict in plain words."""
    what = t.named("type", entry.type)
    channel = None if entry.channel is None else t.named("channel", entry.channel)
    if entry.verdict is Verdict.SEND:
        sentences = [t(f"why.{entry.reason}"), *_basis(entry, policy, t), *_choice(entry, t)]
    elif entry.verdict is Verdict.DIGEST:
        sentences = [t("why.joined"), *_basis(entry, policy, t)]
    elif entry.verdict is Verdict.HOLD:
        sentences = [t(f"why.{entry.reason}")]
        if entry.reconsider_at_ms is not None:
            sentences.append(t("why.until", until=t.moment(entry.reconsider_at_ms, zone)))
    else:
        sentences = [t(f"why.{entry.reason}")]
    state = _state(entry)
    if state == "sent" and channel is not None:
        what = t("why.by", what=what, channel=channel)
    return Story(what, state, t.moment(entry.decided_at_ms, zone), tuple(sentences))


def _state(entry: LedgerEntry) -> str:
    if entry.verdict is Verdict.SEND:
        return "sent"
    if entry.verdict is Verdict.DIGEST:
        return "joined"
    return "waiting" if entry.verdict is Verdict.HOLD else "kept"


def _basis(entry: LedgerEntry, policy: Policy, t: Texts) -> list[str]:
    """By what right it was sent. Consent binds every send, so there was one."""
    kind = policy.types.get(entry.type)
    if kind is None:
        return []
    opt_in = policy.consent.get(kind.purpose, ConsentMode.OPT_IN) is ConsentMode.OPT_IN
    if kind.purpose is Purpose.MARKETING:
        return [t("why.basis.agreed" if opt_in else "why.basis.not_refused")]
    return [t("why.basis.transactional")]


def _choice(entry: LedgerEntry, t: Texts) -> list[str]:
    """Why this way, where there was another."""
    open_ = [each for each in entry.considered if each.earliest_ms is not None]
    if len(open_) < 2 or entry.reason in {Reason.EXPLORED, Reason.FAILOVER, Reason.ESCALATION}:
        return []
    return [t("why.best_of", count=len(open_))]
