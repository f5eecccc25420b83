"""The learn job: examples from Kafka, a trainer a task, snapshots to the knowledge topic."""

import sys
from collections.abc import Callable

from pyflink.common import Configuration, Types
from pyflink.datastream import DataStream, StreamExecutionEnvironment
from pyflink.table import StreamTableEnvironment

from connectors.kafka.consumer import group_consumer, partitions_of
from connectors.kafka.refusal import Refusals
from deploy.settings import Settings
from jobs.decide import EMITTED, SEALED, Target, kafka_target, keyed_in_jvm
from jobs.kafka_tables import Sink, source_ddl
from jobs.learn_arguments import Arguments, parse
from jobs.uids import REQUIRE_UIDS, give_uids, give_uids_to_the_rest
from operators.crossing import seal_sql
from operators.learning import Learning
from tactful import topics
from tactful.models import Task
from tactful.models.keys import PIN_KEY

Source = Callable[[StreamTableEnvironment], DataStream]
"""Gives rows of task and sealed bytes: each example once a task, and the pins of a task."""


def build(
    environment: StreamExecutionEnvironment, learn: Learning, source: Source, target: Target
) -> None:
    """Wire the job.

    Args:
        environment: where it runs.
        learn: the operator.
        source: where examples and pins come from.
        target: where snapshots and dead letters go.
    """
    tables = StreamTableEnvironment.create(environment)
    rows = source(tables)
    give_uids(rows, "examples")
    emitted = keyed_in_jvm(rows, SEALED).process(learn, EMITTED).name("learn").uid("learn")
    target(tables, emitted)
    give_uids_to_the_rest(environment, "outputs")


def kafka_source(arguments: Arguments) -> Source:
    """Examples fanned out to the tasks in the JVM, and the pins among the knowledge."""

    def connect(tables: StreamTableEnvironment) -> DataStream:
        tables.execute_sql(
            source_ddl(
                "examples",
                arguments.kafka,
                (topics.name_of(topics.EXAMPLES, arguments.prefix),),
                arguments.group,
                arguments.start,
            )
        )
        tables.execute_sql(
            source_ddl(
                "knowledge",
                arguments.kafka,
                (topics.name_of(topics.KNOWLEDGE, arguments.prefix),),
                f"{arguments.group}.pins",
                "earliest",  # the topic is compacted: all of it is in force
            )
        )
        return tables.to_append_stream(
            tables.sql_query(fanned_out("examples", "knowledge")),
            Types.ROW([Types.STRING(), SEALED]),
        )

    return connect


def fanned_out(examples: str, knowledge: str) -> str:
    """Each example once for every task, and each pin for its task.

    Args:
        examples: the table of examples.
        knowledge: the table of knowledge.
    """
    tasks = ", ".join(f"'{task}'" for task in Task)
    pinned = f"substring(cast(k as string) from {len(PIN_KEY) + 1})"
    return (
        # Unnesting an array keeps no state; a join with a table of values would keep all rows.
        f"select task, {seal_sql()} as sealed "  # noqa: S608 - names of our own
        f"from {examples} cross join unnest(array[{tasks}]) as tasks (task) "
        f"union all select {pinned}, {seal_sql()} from {knowledge} "
        f"where cast(k as string) like '{PIN_KEY}%' and {pinned} in ({tasks})"
    )


def operator(arguments: Arguments) -> Learning:
    """The operator, which must know the partitions before any of them has given a record."""
    refusals = Refusals(arguments.kafka)
    group = f"{arguments.group}.partitions"
    consumer = group_consumer(arguments.kafka, group, on_error=refusals)
    try:
        topic = topics.name_of(topics.EXAMPLES, arguments.prefix)
        with refusals.told(consumer):
            partitions = partitions_of(consumer, topic)
    finally:
        consumer.close()
    return Learning(
        len(partitions),
        arguments.prefix,
        fold_ms=arguments.fold_ms,
        publish_ms=arguments.publish_ms,
        idle_ms=arguments.idle_ms,
    )


def main(argv: list[str]) -> None:
    """Submit the job."""
    arguments = parse(argv, Settings())
    configuration = Configuration()
    for name, value in (arguments.flink_options() | REQUIRE_UIDS).items():
        configuration.set_string(name, value)
    environment = StreamExecutionEnvironment.get_execution_environment(configuration)
    sink = Sink(arguments.kafka, arguments.prefix, transactional_id_prefix=arguments.group)
    build(environment, operator(arguments), kafka_source(arguments), kafka_target(sink))
    environment.execute()


if __name__ == "__main__":
    main(sys.argv[1:])
