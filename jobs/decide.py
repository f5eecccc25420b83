"""The decide job: records and knowledge from Kafka, each user's life in `step`, outputs back."""

import sys
from collections.abc import Callable
from typing import Any

from pyflink.common import Configuration, Types
from pyflink.datastream import DataStream, StreamExecutionEnvironment
from pyflink.datastream.data_stream import KeyedStream
from pyflink.java_gateway import get_gateway
from pyflink.table import StreamTableEnvironment

from connectors.kafka.consumer import read_to_end
from deploy.settings import Settings
from jobs.decide_arguments import Arguments, parse
from jobs.kafka_tables import Sink, sealed_query, source_ddl
from jobs.uids import REQUIRE_UIDS, give_uids, give_uids_to_the_rest
from operators.deciding import Deciding, knowledge_state
from operators.history import HistoryDecide
from operators.live import LiveDecide
from tactful import topics

SEALED = Types.PRIMITIVE_ARRAY(Types.BYTE())
EMITTED = Types.TUPLE([Types.STRING(), SEALED, SEALED])

Source = Callable[[StreamTableEnvironment], tuple[DataStream, DataStream]]
"""Gives the records and the knowledge, both as rows of key and sealed bytes; for history the
records carry their event time."""
Target = Callable[[StreamTableEnvironment, DataStream], None]
"""Takes what the operator emits: tuples of topic, key and value."""


def build(
    environment: StreamExecutionEnvironment, decide: Deciding, source: Source, target: Target
) -> None:
    """Wire the job.

    Args:
        environment: where it runs.
        decide: the operator.
        source: where records and knowledge come from.
        target: where outputs go.
    """
    tables = StreamTableEnvironment.create(environment)
    records, knowledge = source(tables)
    give_uids(records, "records")
    give_uids(knowledge, "knowledge")
    emitted = (
        keyed_in_jvm(records, SEALED)
        .connect(knowledge.broadcast(knowledge_state()))
        .process(decide, EMITTED)
        .name("decide")
        .uid("decide")
    )
    target(tables, emitted)
    give_uids_to_the_rest(environment, "outputs")


def keyed_in_jvm(rows: DataStream, value_type: Any) -> KeyedStream:
    """Key rows of (key, value, …) by their first field without a call into Python for each."""
    selector = get_gateway().jvm.org.apache.flink.streaming.api.functions.python.KeyByKeySelector()
    key_type = Types.ROW([Types.STRING()]).get_java_type_info()
    return KeyedStream(rows._j_data_stream.keyBy(selector, key_type), value_type, rows)  # noqa: SLF001


def kafka_source(arguments: Arguments) -> Source:
    """Records and knowledge from their topics."""

    def connect(tables: StreamTableEnvironment) -> tuple[DataStream, DataStream]:
        history = arguments.history
        tables.execute_sql(
            source_ddl(
                "records",
                arguments.kafka,
                tuple(topics.name_of(kind, arguments.prefix) for kind in topics.INPUTS),
                arguments.group,
                arguments.start,
                bounded=history,
                max_out_of_order_ms=arguments.max_out_of_order_ms if history else None,
            )
        )
        tables.execute_sql(
            source_ddl(
                "knowledge",
                arguments.kafka,
                (topics.name_of(topics.KNOWLEDGE, arguments.prefix),),
                f"{arguments.group}.knowledge",
                "earliest",  # the topic is compacted: all of it is in force
                bounded=history,
            )
        )
        fields = [Types.STRING(), SEALED]
        records = tables.to_append_stream(
            tables.sql_query(sealed_query("records", stamped=history)),
            Types.ROW([*fields, Types.SQL_TIMESTAMP()] if history else fields),
        )
        knowledge = tables.to_append_stream(
            tables.sql_query(sealed_query("knowledge")), Types.ROW(fields)
        )
        return records, knowledge

    return connect


def kafka_target(sink: Sink) -> Target:
    """One keyed sink for all topics, routed by the first field."""

    def attach(tables: StreamTableEnvironment, emitted: DataStream) -> None:
        tables.execute_sql(sink.ddl("outputs"))
        table = tables.from_data_stream(emitted)
        tables.create_temporary_view("emitted", table)
        topic, key, value = table.get_schema().get_field_names()
        statements = tables.create_statement_set()
        statements.add_insert(
            "outputs",
            tables.sql_query(f"select {topic}, {key}, {value} from emitted"),  # noqa: S608 - names of our own
        )
        statements.attach_as_datastream()

    return attach


def operator(arguments: Arguments) -> Deciding:
    """The operator for the mode, with the knowledge of this moment."""
    known: dict[str, bytes] = {}
    topic = topics.name_of(topics.KNOWLEDGE, arguments.prefix)
    for message in read_to_end(arguments.kafka, [topic]):
        key, value = message.key(), message.value()
        if key:
            known[key.decode(errors="replace")] = value or b""
    return (
        HistoryDecide(
            arguments.max_out_of_order_ms, prefix=arguments.prefix, channels=arguments.channels
        )
        if arguments.history
        else LiveDecide(arguments.prefix, arguments.channels, tuple(known.items()))
    )


def main(argv: list[str]) -> None:
    """Submit the job."""
    arguments = parse(argv, Settings())
    configuration = Configuration()
    for name, value in (arguments.flink_options() | REQUIRE_UIDS).items():
        configuration.set_string(name, value)
    environment = StreamExecutionEnvironment.get_execution_environment(configuration)
    sink = Sink(
        arguments.kafka,
        arguments.prefix,
        transactional_id_prefix=arguments.group,
        delivery=arguments.delivery,
    )
    build(environment, operator(arguments), kafka_source(arguments), kafka_target(sink))
    environment.execute()


if __name__ == "__main__":
    main(sys.argv[1:])
