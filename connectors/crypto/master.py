"""The master keys, which wrap each user's data key: from a file or the environment, by version."""

import base64
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
_HEADER = (
    "# Master keys of Tactful, VERSION:BASE64 of 32 bytes. Lose them, and contact data are lost.\n"
)


class MasterKeyError(Exception):
    """There is no usable master key; the message says where one was looked for, never a key."""


class MasterKeys:
    """Keys by version; the greatest is the one that wraps, the others still unwrap.

    >>> keys = MasterKeys.parse(f"1:{base64.b64encode(bytes(32)).decode()}")
    >>> keys.unwrap(1, keys.wrap(b"data key", b"ada"), b"ada")
    b'data key'
    """

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        if not keys:
            raise MasterKeyError("master keys: none found; at least one is needed")
        self._keys = dict(keys)
        self._ciphers = {version: AESGCM(key) for version, key in keys.items()}

    def __repr__(self) -> str:
        return f"MasterKeys(versions={self.versions})"

    @property
    def versions(self) -> list[int]:
        """All versions, ascending."""
        return sorted(self._keys)

    @property
    def current(self) -> int:
        """The version that wraps now."""
        return max(self._keys)

    def wrap(self, data_key: bytes, owner: bytes) -> bytes:
        """A data key under the current master key; `owner` must be the same to unwrap it."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._ciphers[self.current].encrypt(nonce, data_key, owner)

    def unwrap(self, version: int, wrapped: bytes, owner: bytes) -> bytes:
        """The data key again.

        Raises:
            MasterKeyError: that version is not here, or the bytes are not its work.
        """
        cipher = self._ciphers.get(version)
        if cipher is None:
            raise MasterKeyError(
                f"master keys: version {version} is not here; there are {self.versions}"
            )
        try:
            return cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], owner)
        except InvalidTag:
            raise MasterKeyError(
                f"master keys: version {version} is not the one that wrapped this key"
            ) from None

    def with_new(self) -> "MasterKeys":
        """The same with one more version, which then is the current one."""
        return MasterKeys(self._keys | {self.current + 1: secrets.token_bytes(KEY_BYTES)})

    def without(self, version: int) -> "MasterKeys":
        """The same without a version that wraps nothing any more."""
        return MasterKeys({v: key for v, key in self._keys.items() if v != version})

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `VERSION:BASE64` by line or comma; blank lines and those with # count for nothing.

        Raises:
            MasterKeyError: naming the entry, never its content.
        """
        keys: dict[int, bytes] = {}
        lines = (line.strip() for line in text.splitlines() if not line.lstrip().startswith("#"))
        entries = [entry.strip() for line in lines for entry in line.split(",") if entry.strip()]
        for number, words in enumerate(entries, start=1):
            version, colon, encoded = words.partition(":")
            try:
                key = base64.b64decode(encoded, validate=True)
            except ValueError:
                key = b""
            if not colon or not version.isdecimal() or len(key) != KEY_BYTES:
                raise MasterKeyError(
                    f"master keys, entry {number}: it is not VERSION:BASE64 of {KEY_BYTES} bytes"
                )
            if int(version) in keys:
                raise MasterKeyError(f"master keys, entry {number}: version {version} stands twice")
            keys[int(version)] = key
        return cls(keys)

    @classmethod
    def load(cls, path: Path) -> Self:
        """From a file that only its owner may read.

        Raises:
            MasterKeyError: it is missing, readable by others, or not of that form.
        """
        try:
            mode = path.stat().st_mode & 0o777
            text = path.read_text()
        except OSError as error:
            raise MasterKeyError(f"master keys: {path}: {error.strerror}") from None
        if mode & 0o077:
            raise MasterKeyError(
                f"master keys: {path} may be read by others (mode {mode:o}); make it 600"
            )
        return cls.parse(text)

    @classmethod
    def load_or_make(cls, path: Path) -> Self:
        """From the file; makes one with a first key where there is none (for the local stack).

        Several programs may start at once: the first one's file is taken by all.
        """
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            cls({1: secrets.token_bytes(KEY_BYTES)}).save(path, replace=False)
        return cls.load(path)

    def save(self, path: Path, *, replace: bool = True) -> None:
        """Write the file, whole or not at all, mode 600; without `replace` an older one stays."""
        temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(_HEADER)
            for version, key in sorted(self._keys.items()):
                file.write(f"{version}:{base64.b64encode(key).decode()}\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            if replace:
                temporary.replace(path)
            elif not path.exists():
                os.link(temporary, path)
        except FileExistsError:
            pass  # another program was first
        finally:
            temporary.unlink(missing_ok=True)
