"""Personal contact data, encrypted field by field under a key per user (AES-256-GCM)."""

from connectors.crypto.fields import FieldCipher, UnreadableError, is_encrypted
from connectors.crypto.keyring import DataKey, KeyRing, KeyRow, KeyStore
from connectors.crypto.master import MasterKeys

__all__ = [
    "DataKey",
    "FieldCipher",
    "KeyRing",
    "KeyRow",
    "KeyStore",
    "MasterKeys",
    "UnreadableError",
    "is_encrypted",
]
