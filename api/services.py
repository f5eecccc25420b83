"""All that routes work with, handed in: stores, Kafka, trust. Tests hand in real fakes."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from api.auth.identities import Identities
from api.auth.issuer import BuiltInIssuer
from api.auth.sessions import Links, Sessions, Signer
from api.kafka.erasures import Erasures
from api.kafka.events import EventSource, NoEvents
from api.kafka.knowledge import KnowledgeView
from api.kafka.lags import CachedLags
from api.kafka.ledger import LedgerTail
from api.kafka.letters import LetterTail
from api.kafka.outcomes import OutcomeTail
from api.kafka.writer import Writer
from api.metrics import ApiMetrics
from api.overlay import OwnWrites
from api.settings import ApiSettings
from api.stores.limits import Limits
from api.stores.shared import Shared
from connectors.webhooks.subscriptions import Book
from schemas.audit import AuditEntry
from tactful.flow import Flow
from tactful.records import LedgerEntry, ProfileSnapshot


class FoundProfile(Protocol):
    """A profile as the reader gives it."""

    @property
    def version(self) -> int:
        """0 for a user never seen."""

    @property
    def raw(self) -> bytes | None:
        """The snapshot's JSON; None: never seen, or erased."""

    @property
    def snapshot(self) -> ProfileSnapshot | None:
        """The same, decoded."""


class Paged(Protocol):
    """A page of rows."""

    @property
    def entries(self) -> Sequence[Any]:
        """The rows."""

    @property
    def next_page(self) -> str | None:
        """The cursor of the next page."""

    @property
    def unreadable(self) -> int:
        """How many rows were left out, as they could not be decoded."""


class Profiles(Protocol):
    """What is kept of users: `connectors.profile_reader.ProfileReader` in production."""

    async def aget(self, user_id: str, at_least_version: int = 0) -> FoundProfile:
        """A user's profile."""

    async def ahistory(
        self, user_id: str, month: str | None = None, page: str | None = None, size: int = 50
    ) -> Paged:
        """Ledger entries, newest first."""

    async def aaudit(
        self, user_id: str, month: str | None = None, page: str | None = None, size: int = 50
    ) -> Paged:
        """Audit records, newest first."""

    async def adecision(self, decision_id: str) -> list[LedgerEntry]:
        """All entries of a decision, newest first."""


class Cipher(Protocol):
    """Contact data, encrypted and decrypted: `connectors.crypto.FieldCipher` behind a bridge."""

    async def encrypt(
        self, user_id: str, fields: Mapping[str, str | None]
    ) -> dict[str, str | None]:
        """Identifiers as they go to Kafka."""

    async def decrypt(self, user_id: str, fields: Mapping[str, str]) -> dict[str, str]:
        """Identifiers as a person reads them; what can't be read is left out."""

    async def destroy(self, user_id: str) -> int:
        """Destroy the user's keys; how many there were."""


class Audit(Protocol):
    """Where audit records go: `connectors.audit.AuditTrail`."""

    def record(self, audit: AuditEntry) -> None:
        """Queue one, or raise, so that nothing is handed out unrecorded."""


def clock_ms() -> int:
    """Epoch milliseconds."""
    return time.time_ns() // 1_000_000


@dataclass
class Services:
    """What one API works with."""

    settings: ApiSettings
    writer: Writer
    ledger: LedgerTail
    knowledge: KnowledgeView
    profiles: Profiles
    cipher: Cipher
    audit: Audit
    identities: Identities
    issuer: BuiltInIssuer
    sessions: Sessions
    links: Links
    signer: Signer
    limits: Limits
    shared: Shared
    own_writes: OwnWrites
    seal: Callable[[str, str], str]
    """Seals a webhook's secret: its id, the secret."""
    local_webhooks: bool = False
    """Whether webhooks may go to private addresses and plain http."""
    webhooks: Book = field(default_factory=Book)
    metrics: ApiMetrics = field(default_factory=ApiMetrics)
    now_ms: Callable[[], int] = clock_ms
    health: Callable[[], dict[str, str | None]] = dict
    """By part, what is wrong with it; None where all is well."""
    channels: tuple[str, ...] = ()
    """The channels that decisions have topics for; empty: whatever the policy says."""
    last_write_ms: int = 0
    flow: Flow = field(default_factory=Flow)
    """What was decided of late, counted; it hears of every entry that the ledger's tail takes."""
    erasures: Erasures = field(default_factory=Erasures)
    """Who was erased of late; the tails of ledger, outcomes and dead letters go by it."""
    letters: LetterTail = field(default_factory=LetterTail)
    outcomes: OutcomeTail = field(default_factory=OutcomeTail)
    events: EventSource = field(default_factory=NoEvents)
    lags: CachedLags = field(default_factory=lambda: CachedLags(None))
    extras: dict[str, Any] = field(default_factory=dict)
    """What single capabilities need beside: `preview`, `webhooks`, `stores`."""

    def __post_init__(self) -> None:
        self.ledger.listen(lambda entry: self.flow.take((entry,), self.now_ms()))

    def write_moment_ms(self) -> int:
        """The clock for profile updates: never the same twice, so that the later one wins."""
        self.last_write_ms = max(self.now_ms(), self.last_write_ms + 1)
        return self.last_write_ms
