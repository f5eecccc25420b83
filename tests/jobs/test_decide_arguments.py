"""What the decide job is told, and the tables it makes of it."""

import pytest

from connectors.kafka.connection import KafkaConnection
from deploy.settings import Settings
from jobs.decide_arguments import parse
from jobs.kafka_tables import Sink, sealed_query, source_ddl

PLAIN = KafkaConnection("b:1")


def test_without_arguments_the_job_is_the_live_one_of_the_local_stack() -> None:
    settings = Settings(port_base=21_000, topic_prefix="acme")
    found = parse([], settings)
    assert found.kafka == KafkaConnection(settings.kafka_bootstrap)
    assert (found.prefix, found.mode, found.start) == ("acme", "live", "committed")
    assert (found.group, found.name) == ("acme.decide", "tactful-decide")
    assert found.channels == settings.channels
    assert found.flink_options() == {
        "pipeline.name": "tactful-decide",
        "pipeline.object-reuse": "true",
    }, "all else stays as the cluster has it"


@pytest.mark.parametrize("argv", [["--bounded"], ["--mode=history"]])
def test_history_starts_at_the_beginning_in_a_group_of_its_own(argv: list[str]) -> None:
    found = parse(argv, Settings())
    assert found.history
    assert (found.start, found.group) == ("earliest", "tactful.history")
    assert found.name == "tactful-decide-history"


def test_what_is_given_is_told_to_flink() -> None:
    options = parse(
        [
            "--name=n",
            "--parallelism=3",
            "--state-backend=rocksdb",
            "--checkpoint-interval-ms=2500",
            "--checkpoint-dir=file:///c",
            "--execution-mode=process",
        ],
        Settings(),
    ).flink_options()
    assert options == {
        "pipeline.name": "n",
        "pipeline.object-reuse": "true",
        "parallelism.default": "3",
        "state.backend.type": "rocksdb",
        "execution.checkpointing.interval": "2500 ms",
        "execution.checkpointing.dir": "file:///c",
        "python.execution-mode": "process",
    }


def test_the_sources_differ_only_in_what_their_mode_needs() -> None:
    live = source_ddl("t", PLAIN, ("x.a", "x.b"), "g", "committed")
    assert "'topic' = 'x.a;x.b'" in live
    assert "'scan.startup.mode' = 'group-offsets'" in live
    assert "watermark" not in live
    assert "bounded" not in live
    past = source_ddl(
        "t", PLAIN, ("x.a",), "g", "earliest", bounded=True, max_out_of_order_ms=3_600_000
    )
    assert "'scan.bounded.mode' = 'latest-offset'" in past
    assert (
        "watermark for stamped as stamped - interval '0 01:00:00.001' day to second(3)" in past
    ), "one millisecond more, for a record of the same millisecond may follow"
    assert sealed_query("t", stamped=True).count("stamped") > sealed_query("t").count("stamped")


def test_the_sink_may_write_only_below_its_prefix_and_commits_as_it_is_told() -> None:
    assert r"'topic-pattern' = 'acme\.eu\..*'" in Sink(PLAIN, "acme.eu", "d").ddl("s")
    assert "transactional" not in Sink(PLAIN, "acme", "d").ddl("s")
    exact = Sink(PLAIN, "acme", "acme-decide", "exactly-once").ddl("s")
    assert "'sink.transactional-id-prefix' = 'acme-decide'" in exact
    assert "'properties.transaction.timeout.ms' = '900000'" in exact
