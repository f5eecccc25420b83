import pytest

from connectors.cassandra.session import CassandraSettings


def test_addresses_are_read() -> None:
    settings = CassandraSettings.parse("a:9043, b:9043", keyspace="k")
    assert (settings.hosts, settings.port, settings.keyspace) == (("a", "b"), 9043, "k")
    assert CassandraSettings.parse("a").port == 9042


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("keyspace", {"keyspace": "k; DROP KEYSPACE x"}),
        ("keyspace", {"keyspace": ""}),
        ("replication", {"replication": "3'}"}),
        ("replication", {"replication": "east"}),
        ("consistency", {"consistency": "MOST"}),
        ("hosts", {"hosts": ()}),
    ],
)
def test_what_is_not_allowed_is_refused_by_its_field(field: str, wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=f"^{field}: "):
        CassandraSettings(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", ["", "a:x", ":9042", "a:1,,b:2"])
def test_a_bad_address_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="cassandra address"):
        CassandraSettings.parse(wrong)


def test_replication_is_by_factor_or_by_data_centre() -> None:
    assert (
        "'SimpleStrategy', 'replication_factor': 3"
        in CassandraSettings(replication="3").replication_cql
    )
    assert (
        "'NetworkTopologyStrategy', 'east': 3, 'west': 2"
        in CassandraSettings(replication="east:3,west:2").replication_cql
    )
