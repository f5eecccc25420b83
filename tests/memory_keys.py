"""Key rows in memory: a real `KeyStore` for tests, and a cipher over one."""

from collections.abc import Iterable, Iterator, Mapping

from connectors.crypto import FieldCipher, KeyRing, KeyRow, MasterKeys


class MemoryKeys:
    """Keeps rows as the table does, and counts how often it was asked."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], KeyRow] = {}
        self.asked = 0

    def of(self, user_ids: Iterable[str]) -> Mapping[str, list[KeyRow]]:
        self.asked += 1
        found: dict[str, list[KeyRow]] = {}
        for user_id in user_ids:
            rows = [row for (owner, _), row in self.rows.items() if owner == user_id]
            if rows:
                found[user_id] = rows
        return found

    async def aof(self, user_ids: Iterable[str]) -> Mapping[str, list[KeyRow]]:
        return self.of(user_ids)

    def insert(self, rows: Iterable[KeyRow]) -> None:
        for row in rows:
            self.rows[row.user_id, row.key_id] = row

    def rewrap(self, pairs: Iterable[tuple[KeyRow, KeyRow]]) -> list[bool]:
        return [self._rewrap(old, new) for old, new in pairs]

    def _rewrap(self, old: KeyRow, new: KeyRow) -> bool:
        place = old.user_id, old.key_id
        if place not in self.rows or self.rows[place].master_version != old.master_version:
            return False
        self.rows[place] = new
        return True

    def remove(self, rows: Iterable[KeyRow]) -> None:
        for row in rows:
            self.rows.pop((row.user_id, row.key_id), None)

    def scan(self) -> Iterator[KeyRow]:
        yield from list(self.rows.values())


def master(*versions: int) -> MasterKeys:
    """Master keys that are the same in every run."""
    return MasterKeys({version: bytes([version]) * 32 for version in versions or (1,)})


def memory_cipher(store: MemoryKeys | None = None) -> FieldCipher:
    """A cipher whose keys live in memory."""
    return FieldCipher(KeyRing(master(), MemoryKeys() if store is None else store))
