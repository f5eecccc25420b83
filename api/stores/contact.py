"""Contact data encrypted and decrypted without holding up the event loop."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from cassandra import DriverException
from cassandra.cluster import NoHostAvailable

from api.problems import unavailable
from connectors.cassandra.reading import StoreError
from connectors.crypto import FieldCipher, is_encrypted

T = TypeVar("T")


class ContactCipher:
    """A `FieldCipher` behind an event loop; connects when first needed.

    Args:
        open_cipher: gives the cipher; may block.
    """

    def __init__(self, open_cipher: Callable[[], FieldCipher]) -> None:
        self._open = open_cipher
        self._cipher: FieldCipher | None = None

    async def encrypt(
        self, user_id: str, fields: Mapping[str, str | None]
    ) -> dict[str, str | None]:
        """Identifiers as they go to Kafka.

        What is sent in the form of an encrypted value is encrypted again, so that nobody can put
        another's there.

        Raises:
            Problem: 503; the keys can't be had.
        """

        async def work() -> dict[str, str | None]:
            cipher = await self._opened()
            return await asyncio.to_thread(cipher.encrypt_fields, user_id, fields)

        return await _kept(work())

    async def decrypt(self, user_id: str, fields: Mapping[str, str]) -> dict[str, str]:
        """Identifiers as a person reads them; what can't be read is left out.

        Raises:
            Problem: 503; the keys can't be had.
        """
        if not any(is_encrypted(value) for value in fields.values()):
            return dict(fields)

        async def work() -> dict[str, str]:
            return await (await self._opened()).adecrypt_fields(user_id, fields)

        return await _kept(work())

    async def destroy(self, user_id: str) -> int:
        """Destroy the user's keys; how many there were.

        Raises:
            Problem: 503; the keys can't be had.
        """

        async def work() -> int:
            cipher = await self._opened()
            return await asyncio.to_thread(cipher.ring.destroy, user_id)

        return await _kept(work())

    async def _opened(self) -> FieldCipher:
        if self._cipher is None:
            self._cipher = await asyncio.to_thread(self._open)
        return self._cipher


async def _kept(work: Awaitable[T]) -> T:
    try:
        return await work
    except (StoreError, DriverException, NoHostAvailable):
        raise unavailable("The keys of contact data can't be had now.") from None
