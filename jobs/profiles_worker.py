"""The profile worker: folds snapshots to the newest of each user, and has those written."""

import logging
import time
from collections.abc import Callable, Sequence

from confluent_kafka import Consumer, Message

from connectors.cassandra.changes import UserChange, decode
from connectors.kafka.producer import Producer
from jobs.sink_metrics import ProfileMetrics
from jobs.store_worker import Sink, StoreWorker


class Snapshots:
    """What a run of messages says of each user."""

    def __init__(self) -> None:
        self.superseded = 0
        self._users: dict[str, UserChange] = {}

    def add(self, message: Message) -> None:
        """Take in a message, in the order of the topic.

        Raises:
            PoisonError: it is no snapshot.
        """
        change = decode(message)
        user = self._users.get(change.user_id)
        if user is None:
            user = UserChange(change.user_id, change.partition)
            self._users[change.user_id] = user
        had = user.put is not None
        changed = user.add(change)
        self.superseded += had or not changed

    def drop(self, partitions: set[int]) -> None:
        """Leave out what another worker reads from now on."""
        self._users = {u: c for u, c in self._users.items() if c.partition not in partitions}

    def content(self) -> Sequence[UserChange]:
        """What is to be written."""
        return list(self._users.values())


class ProfileWorker(StoreWorker[UserChange]):
    """The worker of the profiles topic."""

    def __init__(
        self,
        consumer: Callable[[Callable[..., None], Callable[..., None]], Consumer],
        topic: str,
        sink: Sink[UserChange],
        *,
        dead_letters: Producer,
        dead_letter_topic: str,
        metrics: ProfileMetrics,
        batch_size: int = 1_000,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(
            consumer,
            topic,
            sink,
            pile=Snapshots,
            dead_letters=dead_letters,
            dead_letter_topic=dead_letter_topic,
            metrics=metrics,
            batch_size=batch_size,
            clock_s=clock_s,
            log=logging.getLogger("tactful.profiles"),
        )
