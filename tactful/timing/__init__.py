"""When the user is likely to be there."""

from tactful.timing.rhythm import Rhythm

__all__ = ["Rhythm"]
