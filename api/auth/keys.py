"""Keys that tokens are signed with: our own, in files, and those of another issuer, by JWKS.

Rotation: a new key signs at once, and the old ones stay in the JWKS for as long as tokens signed by
them may live.
"""

import base64
import os
import secrets
import time
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import httpx
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

ALGORITHMS = ("EdDSA", "ES256", "RS256", "PS256")
"""Signatures that are verified at all: none without a key, none with a shared one."""


_LOOK_S = 1.0


class KeySource(Protocol):
    """Where verification keys come from."""

    async def key(self, kid: str) -> jwt.PyJWK | None:
        """The key of that id; None where there is none."""


class LocalKeys:
    """Ed25519 keys in a folder: `<kid>.pem`, mode 600; the newest signs.

    Args:
        folder: made, with a first key, where it is missing.
        keep_s: how long a key still verifies after a newer one came.
    """

    def __init__(self, folder: Path, keep_s: float = 2 * 86_400) -> None:
        self._folder = folder
        self._keep_s = keep_s
        self._mtime_ns = -1
        self._looked_s = -_LOOK_S
        self._private: dict[str, Ed25519PrivateKey] = {}
        self._public: dict[str, jwt.PyJWK] = {}
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not list(folder.glob("*.pem")):
            self.rotate()
        self._reload(now=True)

    @property
    def current(self) -> str:
        """The id of the key that signs."""
        self._reload(now=True)
        return max(self._private)

    def sign(self, claims: dict[str, Any]) -> str:
        """A token of these claims."""
        kid = self.current
        return jwt.encode(claims, self._private[kid], algorithm="EdDSA", headers={"kid": kid})

    async def key(self, kid: str) -> jwt.PyJWK | None:
        """The key of that id; None where there is none."""
        self._reload()
        return self._public.get(kid)

    def jwks(self) -> dict[str, Any]:
        """The public keys, as a JSON Web Key Set."""
        self._reload(now=True)
        return {"keys": [self._jwk(kid) for kid in sorted(self._private)]}

    def rotate(self) -> str:
        """A new key that signs from now on; its id."""
        # Ids sort by the time they were made.
        kid = f"{time.time_ns() // 1_000_000:013d}-{secrets.token_hex(4)}"
        pem = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        write_secret(self._folder / f"{kid}.pem", pem)
        self._retire()
        self._reload(now=True)
        return kid

    def _retire(self) -> None:
        """Remove keys that were followed by another longer ago than tokens live."""
        names = sorted(path.stem for path in self._folder.glob("*.pem"))
        for old, newer in pairwise(names):
            followed_s = time.time() - int(newer.split("-")[0]) / 1000
            if followed_s > self._keep_s:
                (self._folder / f"{old}.pem").unlink(missing_ok=True)

    def _reload(self, *, now: bool = False) -> None:
        """Read the folder again if it changed; looks once a second, as each request comes here."""
        if not now and time.monotonic() - self._looked_s < _LOOK_S:
            return
        self._looked_s = time.monotonic()
        mtime_ns = self._folder.stat().st_mtime_ns
        if mtime_ns == self._mtime_ns:
            return
        private = {}
        for path in sorted(self._folder.glob("*.pem")):
            key = serialization.load_pem_private_key(path.read_bytes(), password=None)
            if not isinstance(key, Ed25519PrivateKey):
                raise TypeError(f"{path.name}: found another kind of key, allowed: Ed25519")
            private[path.stem] = key
        self._private = private
        self._public = {kid: jwt.PyJWK(self._jwk(kid)) for kid in private}
        self._mtime_ns = mtime_ns

    def _jwk(self, kid: str) -> dict[str, Any]:
        public = OKPAlgorithm.to_jwk(self._private[kid].public_key(), as_dict=True)
        return {**public, "kid": kid, "use": "sig", "alg": "EdDSA"}


class RemoteKeys:
    """The JWKS of another issuer, fetched when needed and kept for a while.

    An unknown key id makes it ask again (the issuer may have rotated), but not more often than
    `pause_s`, so that made-up ids cost nothing. While the issuer does not answer, what is known
    stays good.

    Args:
        fetch: gives the JWKS document.
        fresh_s: how long a document is used unasked.
        pause_s: least time between two questions.
        clock_s: monotonic seconds.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[dict[str, Any]]],
        fresh_s: float = 300.0,
        pause_s: float = 10.0,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._fresh_s = fresh_s
        self._pause_s = pause_s
        self._clock_s = clock_s
        self._keys: dict[str, jwt.PyJWK] = {}
        self._asked_s = -1e9

    async def key(self, kid: str) -> jwt.PyJWK | None:
        """The key of that id; None where there is none."""
        age_s = self._clock_s() - self._asked_s
        if age_s > self._fresh_s or (kid not in self._keys and age_s > self._pause_s):
            self._asked_s = self._clock_s()
            try:
                document = await self._fetch()
                self._keys = _usable(document)
            except Exception:  # noqa: BLE001 - an issuer that is away must not end what is known
                return self._keys.get(kid)
        return self._keys.get(kid)


def _usable(document: dict[str, Any]) -> dict[str, jwt.PyJWK]:
    """The asymmetric signature keys that have an id."""
    found = {}
    for each in document.get("keys", ()):
        if each.get("kty") == "oct" or each.get("use", "sig") != "sig" or "kid" not in each:
            continue
        try:
            key = jwt.PyJWK(each)
        except jwt.PyJWTError:
            continue
        if key.algorithm_name in ALGORITHMS:
            found[str(each["kid"])] = key
    return found


def write_secret(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def fetching(url: str) -> Callable[[], Any]:
    """Asks for a JWKS document; no redirects, no proxies, little patience."""

    async def fetch() -> dict[str, Any]:
        async with httpx.AsyncClient(timeout=3.0, trust_env=False) as client:
            response = await client.get(url)
            response.raise_for_status()
            found: dict[str, Any] = response.json()
            return found

    return fetch


def session_keys(path: Path) -> list[bytes]:
    """What sessions and links are signed with: a line each, the first signs; made if missing."""
    if not path.exists():
        write_secret(path, base64.b64encode(secrets.token_bytes(32)) + b"\n")
    if path.stat().st_mode & 0o077:
        raise PermissionError(f"{path} may be read by others; make it 600")
    return [base64.b64decode(line) for line in path.read_text().split()]
