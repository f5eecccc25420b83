"""How a user's state lies in bytes: a fixed head, then the sections one after another.

Version 1, little-endian:

    offset  bytes  what
    0       1      magic, 0x54 ("T")
    1       1      version, 1
    2       1      number of sections n
    3       8      next wake-up, epoch ms; 0 for none
    11      4 n    length of each section
    11+4n   …      the sections

A state with fewer sections than this version knows gets empty ones: a new part starts fresh.
"""

import struct

MAGIC = 0x54
VERSION = 1

PREFIX = struct.Struct("<BBBQ")


def lengths(count: int) -> struct.Struct:
    """The struct of a whole head for `count` sections."""
    return struct.Struct(f"<BBBQ{count}I")
