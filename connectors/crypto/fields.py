"""Encryption of single fields: `enc:1:<key id>:<base64 of nonce and ciphertext>`, AES-256-GCM.

The user and the field's name are authenticated with each value, so that a value can't be moved to
another user or field. Equal values of one field of one user give equal bytes.
"""

import base64
import re
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag

from connectors.crypto.keyring import DataKey, KeyRing, UnreadableError

PREFIX = "enc:1:"
_FORM = re.compile(r"enc:1:([0-9a-f]{16}):([A-Za-z0-9+/]{38,}={0,2})")
_NONCE_BYTES = 12

__all__ = ["PREFIX", "FieldCipher", "UnreadableError", "is_encrypted", "key_id_of"]


def is_encrypted(value: str) -> bool:
    """Whether a value has the form that `FieldCipher.encrypt` gives.

    >>> is_encrypted("ada@example.org")
    False
    """
    return _FORM.fullmatch(value) is not None


def key_id_of(value: str) -> str | None:
    """The id of the key that a value names; None for a plain one."""
    match = _FORM.fullmatch(value)
    return match[1] if match else None


class FieldCipher:
    """Encrypts and decrypts contact data (identifiers) of users. Thread-safe.

    In an event loop, `await cipher.ring.aload([user_id])` first: the calls here then find the keys
    in the cache and block for nothing.
    """

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring

    def encrypt(self, user_id: str, field: str, value: str) -> str:
        """A plain value under the user's key (made if there is none); an encrypted one as it is."""
        if is_encrypted(value):
            return value
        return seal(self.ring.for_writing(user_id), user_id, field, value)

    def decrypt(self, user_id: str, field: str, value: str) -> str:
        """The plain value; one that never was encrypted comes back as it is.

        Raises:
            UnreadableError: the key was destroyed, or the value is another user's or field's.
        """
        key_id = key_id_of(value)
        if key_id is None:
            return value
        return unseal(self.ring.for_reading(user_id, key_id), user_id, field, value)

    def encrypt_fields(
        self, user_id: str, fields: Mapping[str, str | None]
    ) -> dict[str, str | None]:
        """All values of `identifiers`; None (take back) stays None. One look at the store."""
        plain = [v for v in fields.values() if v is not None and not is_encrypted(v)]
        if not plain:
            return dict(fields)
        key = self.ring.for_writing(user_id)
        return {
            name: value if value is None or is_encrypted(value) else seal(key, user_id, name, value)
            for name, value in fields.items()
        }

    def decrypt_fields(self, user_id: str, fields: Mapping[str, str]) -> dict[str, str]:
        """All values of `identifiers` that can be read; those whose key is gone are left out."""
        found = {}
        for name, value in fields.items():
            try:
                found[name] = self.decrypt(user_id, name, value)
            except UnreadableError:
                continue
        return found

    async def adecrypt_fields(self, user_id: str, fields: Mapping[str, str]) -> dict[str, str]:
        """As `decrypt_fields`, without blocking the event loop."""
        if any(is_encrypted(value) for value in fields.values()):
            await self.ring.aload([user_id])
        return self.decrypt_fields(user_id, fields)


def seal(key: DataKey, user_id: str, field: str, value: str) -> str:
    """A plain value under a key."""
    plain, context = value.encode(), _context(user_id, field)
    nonce = key.nonce(plain, context)
    box = nonce + key.cipher.encrypt(nonce, plain, context)
    return f"{PREFIX}{key.key_id}:{base64.b64encode(box).decode()}"


def unseal(key: DataKey, user_id: str, field: str, value: str) -> str:
    """The plain value.

    Raises:
        UnreadableError: it is not the work of this key for this user and field.
    """
    try:
        box = base64.b64decode(value.rsplit(":", 1)[1], validate=True)
        plain = key.cipher.decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], _context(user_id, field))
    except (InvalidTag, ValueError):
        raise UnreadableError(
            f"identifiers.{field}: the value was not encrypted for this user and field"
        ) from None
    return plain.decode()


def _context(user_id: str, field: str) -> bytes:
    # the length keeps user "a|b" with field "c" apart from user "a" with field "b|c"
    return f"{len(user_id)}:{user_id}|{field}".encode()
