import pytest

from connectors.cassandra import migrate


def test_ours_are_numbered_without_a_gap_and_all_are_repeatable() -> None:
    ours = migrate.load()
    assert [one.number for one in ours] == list(range(1, len(ours) + 1))
    for one in ours:
        for statement in one.statements:
            assert "IF NOT EXISTS" in statement or "IF EXISTS" in statement, statement


def test_statements_end_at_a_semicolon_and_comments_count_for_nothing() -> None:
    one = migrate.parse("0007_more.cql", "-- why; so\nCREATE a\n (b);\n\nCREATE c;\n")
    assert (one.number, one.name) == (7, "more")
    assert one.statements == ("CREATE a\n (b)", "CREATE c")
    other = migrate.parse("0007_more.cql", "CREATE a (b);\nCREATE c;\n")
    assert other.checksum == one.checksum


def test_another_statement_is_another_checksum() -> None:
    one, two = (migrate.parse("0001_a.cql", f"CREATE {x};\n") for x in "ab")
    assert one.checksum != two.checksum


@pytest.mark.parametrize("name", ["1_a.cql", "0001-a.cql", "0001_A.cql", "0001_a.sql"])
def test_a_file_with_another_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="the name must be like"):
        migrate.parse(name, "CREATE a;\n")


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(ValueError, match="no statement"):
        migrate.parse("0001_a.cql", "-- nothing yet\n")
