"""The profile sink while Cassandra or Kafka is away: it waits in its group, and loses nothing."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from profiles_kit import MAX_POLL_INTERVAL_MS, Rig, rig_on, snapshot, wait_until

from deploy.local.stack import Stack

pytestmark = pytest.mark.e2e

OUTAGE_S = 20
RECORDS_PER_S = 200
USERS = 400


@pytest.fixture
def rig(stack: Stack, tmp_path: Path) -> Iterator[Rig]:
    with rig_on(stack, tmp_path) as made:
        yield made


class Load:
    """Snapshots at a steady rate, each user's version growing, until told to end."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._end = threading.Event()
        self.sent = 0
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            with self._rig.producer() as producer:
                while not self._end.wait(1 / RECORDS_PER_S):
                    user = f"u{self.sent % USERS}"
                    version = 1 + self.sent // USERS
                    producer.send(self._rig.topic, user.encode(), snapshot(user, version))
                    self.sent += 1
        except Exception as error:  # noqa: BLE001 - told to the test by the context below
            self.error = error

    @contextmanager
    def running(self) -> Iterator["Load"]:
        thread = threading.Thread(target=self.run)
        thread.start()
        try:
            yield self
        finally:
            self._end.set()
            thread.join(60)
        assert self.error is None, self.error


def test_cassandra_away_under_load_loses_nothing_and_heals_by_itself(
    rig: Rig, stack: Stack, tmp_path: Path
) -> None:
    assert OUTAGE_S * 1_000 > MAX_POLL_INTERVAL_MS, "else staying in the group shows nothing"
    second_folder = tmp_path / "second"
    second_folder.mkdir()
    with rig_on(stack, second_folder) as second, Load(rig).running() as load:
        worker = rig.start()
        wait_until("rows are written", lambda: worker.metric("rows_total") > 0)
        stack.stop_part("cassandra")
        try:
            gone_s = time.monotonic()
            second.send([("early", snapshot("early", 1))])
            # these two have never seen Cassandra
            short = second.start()
            wait_until("the breaker is open", lambda: short.metric("breaker_state") == 2)
            assert short.stop() == 0, "told to stop, it ends well ..."
            assert second.lag == 1, "... and commits nothing"
            waiting = second.start()
            for each in (worker, waiting):
                wait_until("the breaker is open", lambda w=each: w.metric("breaker_state") == 2)  # type: ignore[misc]
            sent = load.sent
            wait_until(
                "it was away for long enough, under load",
                lambda: time.monotonic() - gone_s > OUTAGE_S and load.sent > sent,
            )
            assert worker.process.poll() is None
            assert worker.metric("lag_records") > 0
        finally:
            stack.start_part("cassandra")
        for each in (worker, waiting):
            wait_until("the breaker is closed", lambda w=each: w.metric("breaker_state") == 0)  # type: ignore[misc]
        second.wait_written()
        assert set(second.rows()) == {"early"}
        assert waiting.stop() == 0
    rig.wait_written()
    report = rig.verify()
    assert report.users == min(USERS, load.sent)
    assert report.differing == 0, report.examples
    assert worker.metric("retries_total") > 0
    assert worker.metric("assignments_total") == 1, "it left its group meanwhile"
    assert worker.stop() == 0


def test_kafka_away_and_back_loses_nothing(rig: Rig, stack: Stack) -> None:
    worker = rig.start()
    rig.send([(f"u{n}", snapshot(f"u{n}", 1)) for n in range(100)])
    rig.wait_written()
    stack.stop_part("kafka")
    try:
        wait_until("the worker notices", lambda: "WARNING tactful.profiles Kafka:" in worker.log)
        # one that has never seen Kafka
        late = rig.start()
        wait_until("it notices, too", lambda: "WARNING tactful.profiles Kafka:" in late.log)
    finally:
        stack.start_part("kafka")
    rig.send([(f"u{n}", snapshot(f"u{n}", 2)) for n in range(100)])
    rig.wait_written()
    for each in (worker, late):
        assert each.process.poll() is None
    assert {row.version for row in rig.rows().values()} == {2}
    assert rig.verify().differing == 0
    assert worker.stop() == 0
    assert late.stop() == 0
