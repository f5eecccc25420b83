"""What stands in Redis under a user's key, and the two scripts that write it.

An entry is `kind version stored epoch|raw`: the kind is D (a snapshot), N (there is no profile) or
F (a floor: nothing is cached, and what is older than this version must not be). The version has 19
digits, so that text compares as numbers do; `stored` (13 digits) is when it came, epoch ms. The
epoch names the state of the whole cache: entries of another one count for nothing.
"""

import enum
from typing import NamedTuple

FILL = """
local old = redis.call('GET', KEYS[1])
if old then
  local epoch = string.match(string.sub(old, 34, 60), '^([^|]*)|')
  if epoch == ARGV[4] and string.sub(old, 2, 20) > ARGV[2] then return 0 end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return 1
"""
"""Put in what was read from Cassandra, unless something newer stands there.

KEYS: the entry. ARGV: the new entry, its version, its time to live (ms), its epoch.
"""

NOTE = """
local old = redis.call('GET', KEYS[1])
local kind = 'F'
if old then
  local epoch = string.match(string.sub(old, 34, 60), '^([^|]*)|')
  if epoch == ARGV[6] then
    if string.sub(old, 2, 20) >= ARGV[3] then return 0 end
    kind = string.sub(old, 1, 1)
  end
end
if kind == 'F' then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[5])
else
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[4])
end
return 1
"""
"""Tell of a newer version: what is cached is replaced, of what isn't only the floor is kept.

KEYS: the entry. ARGV: the new entry, the floor, the version, their times to live (ms), the epoch.
"""

_DIGITS = 19
_STORED = 1 + _DIGITS
_EPOCH = _STORED + 13


class Kind(enum.StrEnum):
    """What an entry says."""

    DATA = "D"
    NOTHING = "N"
    FLOOR = "F"


class Entry(NamedTuple):
    """An entry taken apart; `raw` is the snapshot's JSON, empty unless there is one."""

    kind: Kind
    version: int
    stored_ms: int
    epoch: bytes
    raw: bytes

    def encode(self) -> bytes:
        """The bytes in Redis."""
        return b"%s%s%013d%s|%s" % (
            self.kind.encode(),
            version_text(self.version),
            self.stored_ms,
            self.epoch,
            self.raw,
        )


def version_text(version: int) -> bytes:
    """A version with leading zeros.

    >>> version_text(42)
    b'0000000000000000042'
    """
    return b"%0*d" % (_DIGITS, version)


def decode(value: bytes) -> Entry | None:
    """An entry from its bytes; None for what is not one of ours."""
    head, bar, raw = value.partition(b"|")
    try:
        kind = Kind(head[:1].decode())
        version, stored_ms = int(head[1:_STORED]), int(head[_STORED:_EPOCH])
    except ValueError:
        return None
    return Entry(kind, version, stored_ms, head[_EPOCH:], raw) if bar else None
