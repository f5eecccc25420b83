"""The clients of the built-in issuer: who they are, as hashes, in one file that its owner reads."""

import hashlib
import hmac
import secrets
import time
from pathlib import Path

import msgspec
import pyotp

from api.auth.keys import write_secret
from api.auth.scopes import SECOND_FACTOR, Role, scopes_of

ADMIN = "admin"
_PREFIX = "tfs_"


class Client(msgspec.Struct, frozen=True, omit_defaults=True):
    """One client. `secret` is the SHA-256 of a random secret of 256 bits; `totp` is base32."""

    id: str
    roles: list[Role]
    secret: str
    created_at_s: int
    totp: str | None = None


class NewClient(msgspec.Struct, frozen=True):
    """What is shown once, when a client is made or its secret is renewed."""

    id: str
    secret: str
    totp_uri: str | None


class Clients:
    """The file of clients; read again when it changed.

    Args:
        path: the file; a missing one is empty.
        issuer: the name shown in authenticator apps.
    """

    def __init__(self, path: Path, issuer: str = "Tactful") -> None:
        self._path = path
        self._issuer = issuer
        self._stamp: tuple[int, int] = (-1, -1)
        self._clients: dict[str, Client] = {}

    def get(self, client_id: str) -> Client | None:
        """A client; None if there is no such."""
        self._reload()
        return self._clients.get(client_id)

    def all(self) -> list[Client]:
        """All clients by id."""
        self._reload()
        return [self._clients[each] for each in sorted(self._clients)]

    def add(self, client_id: str, roles: list[Role], *, totp: bool | None = None) -> NewClient:
        """Make a client, or renew one's secret.

        Args:
            client_id: its name.
            roles: at least one; not `user`.
            totp: whether it gets a second factor; None: if any of its roles has admin scopes.

        Raises:
            ValueError: naming what is wrong.
        """
        if not client_id.isprintable() or not 1 <= len(client_id) <= 128 or ":" in client_id:
            raise ValueError(
                f"client: found {client_id!r}, allowed: 1..128 printable characters without ':'"
            )
        if not roles or Role.USER in roles:
            raise ValueError("roles: found none or user, allowed: at least one of the clients'")
        wanted = bool(scopes_of(frozenset(roles)) & SECOND_FACTOR) if totp is None else totp
        secret = _PREFIX + secrets.token_urlsafe(32)
        key = pyotp.random_base32() if wanted else None
        self._reload()
        client = Client(client_id, sorted(roles), _hash(secret), int(time.time()), key)
        self._save({**self._clients, client_id: client})
        uri = (
            pyotp.TOTP(key).provisioning_uri(name=client_id, issuer_name=self._issuer)
            if key
            else None
        )
        return NewClient(client_id, secret, uri)

    def remove(self, client_id: str) -> bool:
        """Forget a client; whether there was one. Its tokens end when they expire."""
        self._reload()
        if client_id not in self._clients:
            return False
        self._save({name: each for name, each in self._clients.items() if name != client_id})
        return True

    def ensure_admin(self) -> NewClient | None:
        """The first client, made once; None when there are clients already."""
        self._reload()
        return None if self._clients else self.add(ADMIN, [Role.ADMIN])

    def _reload(self) -> None:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            self._clients, self._stamp = {}, (-1, -1)
            return
        stamp = (found.st_mtime_ns, found.st_ino)
        if stamp == self._stamp:
            return
        if found.st_mode & 0o077:
            raise PermissionError(f"{self._path} may be read by others; make it 600")
        listed = msgspec.json.decode(self._path.read_bytes(), type=list[Client])
        self._clients = {client.id: client for client in listed}
        self._stamp = stamp

    def _save(self, clients: dict[str, Client]) -> None:
        listed = [clients[name] for name in sorted(clients)]
        write_secret(self._path, msgspec.json.format(msgspec.json.encode(listed)))
        self._stamp = (-1, -1)


def matches(client: Client | None, secret: str) -> bool:
    """Whether the secret is the client's; takes as long for a client that is not there."""
    wanted = client.secret if client else _hash("")
    return hmac.compare_digest(_hash(secret), wanted) and client is not None


def _hash(secret: str) -> str:
    # The secret has 256 random bits, so there is nothing that a slow hash would have to protect.
    return hashlib.sha256(secret.encode()).hexdigest()
