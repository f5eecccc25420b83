"""A record of history with where it was read; how it is lived is in `tactful.history`."""

from typing import NamedTuple

from operators.crossing import Arrived
from schemas.intake import Accepted


class Arrival(NamedTuple):
    """A record of history with what decides its place among the user's records.

    Attributes:
        at_ms: when it happened.
        topic: the name of its topic.
        id: the record's id.
        arrived: where it came from; that orders copies of one record.
        record: the record.
    """

    at_ms: int
    topic: str
    id: str
    arrived: Arrived
    record: Accepted

    def place(self) -> tuple[int, str, str, int, int]:
        """What the order goes by."""
        return self.at_ms, self.topic, self.id, self.arrived.partition, self.arrived.offset
