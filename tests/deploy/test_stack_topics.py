"""The list of topics, and how jobs' failures are told."""

from pathlib import Path

import msgspec
import pytest

from deploy.local import topics
from deploy.local.flink import Flink, essence
from deploy.settings import Settings

JAVA_FAILURE = """
java.util.concurrent.ExecutionException: The job was refused
\tat java.base/java.util.concurrent.CompletableFuture.reportGet(CompletableFuture.java:396)
Caused by: org.example.RuntimeException: outer
\tat org.example.A.b(A.java:1)
Caused by: java.net.ConnectException: Connection refused
\t... 3 more
"""


def test_every_record_kind_and_channel_has_its_topic() -> None:
    names = {topic.name for topic in topics.wanted(Settings(channels=("email", "fax")))}
    assert names == {
        "tactful.events",
        "tactful.requests",
        "tactful.feedback",
        "tactful.profile-updates",
        "tactful.knowledge",
        "tactful.ledger",
        "tactful.profiles",
        "tactful.examples",
        "tactful.dead-letters",
        "tactful.audit",
        "tactful.webhooks",
        "tactful.webhook-deliveries",
        "tactful.decisions.email",
        "tactful.decisions.fax",
    }


def test_the_tables_among_the_topics_are_compacted() -> None:
    compacted = {topic.name for topic in topics.wanted(Settings()) if topic.compacted}
    assert compacted == {
        "tactful.knowledge",
        "tactful.profiles",
        "tactful.webhooks",
        "tactful.webhook-deliveries",
    }


def test_prefix_and_partitions_follow_the_settings() -> None:
    wanted = topics.wanted(Settings(topic_prefix="shop", topic_partitions=9))
    assert {topic.partitions for topic in wanted} == {9}
    assert all(topic.name.startswith("shop.") for topic in wanted)


def test_kafka_is_not_asked_again_for_the_very_topics_that_were_made(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, kafka_port=1)
    stamp = tmp_path / "kafka" / "topics.json"
    stamp.parent.mkdir()
    stamp.write_bytes(msgspec.json.encode(topics.wanted(settings)))
    assert topics.ensure(settings, trust_stamp=True) == []


def test_of_a_failed_submission_the_python_traceback_is_told() -> None:
    out = (
        "Traceback (most recent call last):\n"
        '  File "job.py", line 3, in <module>\n'
        "    main()\n"
        "ValueError: no such mode\n"
        "\n"
        "org.apache.flink.client.program.ProgramAbortException: Python process exits with code: 1\n"
        "\tat org.apache.flink.client.python.PythonDriver.main(PythonDriver.java:140)\n"
    )
    told = essence(out, "")
    assert told.startswith("Traceback")
    assert told.endswith("ValueError: no such mode")


def test_of_a_java_failure_the_causes_are_told() -> None:
    told = essence("", JAVA_FAILURE)
    assert told.splitlines() == [
        "Caused by: org.example.RuntimeException: outer",
        "Caused by: java.net.ConnectException: Connection refused",
    ]


def test_of_anything_else_the_last_words_are_told() -> None:
    assert essence("starting\nno such file: job.py\n", "") == "starting\nno such file: job.py"


@pytest.mark.parametrize("made", [["chk-2", "chk-10", "chk-9"]])
def test_the_last_checkpoint_is_the_newest_whole_one(tmp_path: Path, made: list[str]) -> None:
    job = tmp_path / "checkpoints" / "abc"
    for name in made:
        (job / name).mkdir(parents=True)
        (job / name / "_metadata").touch()
    (job / "chk-11").mkdir()  # still being written
    flink = Flink(Settings(home=tmp_path))
    assert flink.last_checkpoint("abc") == str(job / "chk-10")
    assert flink.last_checkpoint("unknown") is None
