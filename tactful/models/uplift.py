"""What sending adds, by notification type, as the holdbacks tell it."""

from tactful.models.snapshot import Gain, Snapshot


class Uplift:
    """The gains of the types that have a holdback.

    Attributes:
        task, version, examples: as the snapshot has them.
        gains: by notification type.
    """

    __slots__ = ("examples", "gains", "task", "version")

    def __init__(self, snapshot: Snapshot) -> None:
        self.task = snapshot.task
        self.version = snapshot.version
        self.examples = snapshot.examples
        self.gains: dict[str, Gain] = snapshot.gains
