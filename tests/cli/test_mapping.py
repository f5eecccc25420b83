"""Mappings are checked as a whole, and each error names its place, what it found, what may be."""

import copy
from datetime import UTC, datetime
from typing import Any

import pytest

from cli.loading.conditions import compile_when
from cli.loading.errors import MappingError, SkippedRow
from cli.loading.expressions import MISSING, Scope, compile_value
from cli.loading.mapping import compile_mapping
from cli.loading.times import compile_time
from tactful.ids import decision_id

GOOD: dict[str, Any] = {
    "records": [
        {
            "kind": "event",
            "fields": {
                "id": "open-{user}-{line}",
                "user_id": "{user}",
                "name": "app_open",
                "at_ms": {"time": {"column": "at"}},
            },
        }
    ]
}


def changed(*path: str | int, to: Any) -> dict[str, Any]:
    document = copy.deepcopy(GOOD)
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return document


def value(spec: Any, **row: Any) -> Any:
    return compile_value("here", spec, Scope())(row)


def time_ms(spec: dict[str, Any], **row: Any) -> int:
    return compile_time("here", spec, set())(row)


def test_a_mapping_knows_the_columns_it_reads() -> None:
    mapping = compile_mapping("m.yaml", GOOD)
    assert mapping.columns == {"user", "line", "at"}


FIELDS = ("records", 0, "fields")


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "m.yaml: found [], allowed: a map"),
        ({"recrods": []}, "m.yaml.recrods: found 'recrods', allowed: description"),
        ({"records": []}, "m.yaml.records: found [], allowed: a list of rules"),
        (changed("limit", to=0), "limit: found 0, allowed: an integer of at least 1"),
        (changed("source", to={"delimiter": "ab"}), "source.delimiter: found 'ab', allowed: one"),
        (changed("source", to={"format": "xml"}), "source.format: found 'xml', allowed: csv, par"),
        (changed("records", 0, "kind", to="evnt"), "records[0].kind: found 'evnt', allowed: event"),
        (changed("records", 0, "if", to={}), "records[0].if: found 'if', allowed: kind, name"),
        (changed(*FIELDS, "nam", to="x"), "records[0].fields.nam: found 'nam', allowed: id, user"),
        (changed(*FIELDS, to={"id": "a"}), "records[0].fields.user_id: found nothing, allowed: a"),
        (
            changed(*FIELDS, "at_ms", to={"time": {"column": "at", "zone": "Mars/Base"}}),
            "records[0].fields.at_ms.time.zone: found 'Mars/Base', allowed: an IANA time zone",
        ),
        (
            changed(*FIELDS, "at_ms", to={"time": {"column": "at", "plus": "1 week"}}),
            "records[0].fields.at_ms.time.plus: found '1 week', allowed: a number with ms, s",
        ),
        (
            changed(*FIELDS, "at_ms", to={"time": {"column": "at", "format": "dd/mm"}}),
            "records[0].fields.at_ms.time.format: found 'dd/mm', allowed: iso, epoch_s",
        ),
        (
            changed(*FIELDS, "at_ms", to={"time": {"column": "h", "origin": "2018-01-01"}}),
            "records[0].fields.at_ms.time.unit: found nothing, allowed: milliseconds",
        ),
        (
            changed(*FIELDS, "name", to={"column": "n", "type": "float"}),
            "records[0].fields.name.type: found 'float', allowed: string, integer, number",
        ),
        (
            changed(*FIELDS, "name", to={"recall": "send", "key": "{user}"}),
            "records[0].fields.name.recall: found 'send', allowed: nothing",
        ),
        (
            changed("records", 0, "when", to={"n": {"above": 3}}),
            "records[0].when.n: found 'above', allowed: is, not, present, at_least, at_most",
        ),
        (
            changed(*FIELDS, "name", to="a-{}"),
            "records[0].fields.name: found 'a-{}', allowed: a co",
        ),
    ],
)
def test_what_is_wrong_with_a_mapping_is_said_with_its_place(document: Any, said: str) -> None:
    with pytest.raises(MappingError) as error:
        compile_mapping("m.yaml", document)
    assert str(error.value).startswith(said)


def test_a_template_is_left_out_when_a_column_is_empty() -> None:
    assert value("a-{x}-{y}", x=1, y="b") == "a-1-b"
    assert value("a-{x}", x="") is MISSING
    assert value({"k": "{x}", "l": "{y}"}, x="", y="1") == {"l": "1"}
    assert value({"k": "{x}"}, x="") is MISSING
    assert value(["{x}", "b"], x="") == ["b"]


def test_columns_have_types_maps_and_defaults() -> None:
    assert value({"column": "x", "type": "integer"}, x="33.0") == 33
    assert value({"column": "x", "type": "number"}, x="1.5") == 1.5
    assert value({"column": "x", "type": "boolean"}, x="yes") is True
    assert value({"column": "x", "default": 7}, x="") == 7
    assert value({"column": "x", "map": {1: ["a"]}}, x="1") == ["a"]
    assert value({"literal": {"column": "x"}}) == {"column": "x"}
    with pytest.raises(SkippedRow, match="not an integer"):
        value({"column": "x", "type": "integer"}, x="many")
    with pytest.raises(SkippedRow, match="not in the map"):
        value({"column": "x", "map": {"a": 1}}, x="b")


def test_a_decision_is_named_as_the_core_names_it() -> None:
    scope = Scope()
    scope.user = compile_value("u", "{user}", scope)
    spec = {"decision_of": "send-{n}"}
    assert compile_value("d", spec, scope)({"user": "u1", "n": 3}) == decision_id("u1", "send-3")


@pytest.mark.parametrize(
    ("spec", "row", "moment"),
    [
        ({"column": "t"}, {"t": "2019-01-02T12:03:48Z"}, "2019-01-02T12:03:48+00:00"),
        ({"column": "t"}, {"t": "2019-01-02T12:03:48+02:00"}, "2019-01-02T10:03:48+00:00"),
        (
            {"column": "t", "format": "%d/%m/%Y %H:%M", "zone": "Europe/Madrid"},
            {"t": "01/07/2020 10:00"},
            "2020-07-01T08:00:00+00:00",
        ),
        ({"column": "t", "format": "epoch_s"}, {"t": "60"}, "1970-01-01T00:01:00+00:00"),
        ({"column": "t", "format": "epoch_ms"}, {"t": 1500}, "1970-01-01T00:00:01.500000+00:00"),
        (
            {"origin": "2018-01-01", "column": "h", "unit": "hours", "plus": "-1min"},
            {"h": "36"},
            "2018-01-02T11:59:00+00:00",
        ),
        ({"origin": "2018-01-01"}, {}, "2018-01-01T00:00:00+00:00"),
        ({"column": "t", "plus": "61min"}, {"t": "2020-01-01T00:00:00Z"}, "2020-01-01T01:01+00:00"),
        (
            {"column": "t", "zone": "America/New_York"},
            {"t": datetime(2020, 1, 1, 7)},  # noqa: DTZ001 - what Parquet gives
            "2020-01-01T12:00:00+00:00",
        ),
    ],
)
def test_times_are_read_in_their_format_and_zone(
    spec: dict[str, Any], row: dict[str, Any], moment: str
) -> None:
    wanted = datetime.fromisoformat(moment)
    assert datetime.fromtimestamp(time_ms(spec, **row) / 1000, UTC) == wanted


def test_a_time_that_is_none_skips_its_row() -> None:
    with pytest.raises(SkippedRow, match=r"column t: not a time of the format iso: found 'soon'"):
        time_ms({"column": "t"}, t="soon")
    with pytest.raises(SkippedRow, match="not a number"):
        time_ms({"origin": "2018-01-01", "column": "h", "unit": "hours"}, h="")


@pytest.mark.parametrize(
    ("when", "row", "holds"),
    [
        ({"a": 1}, {"a": "1"}, True),
        ({"a": 1}, {"a": "2"}, False),
        ({"a": ["x", "y"]}, {"a": "y"}, True),
        ({"a": True}, {"a": "true"}, True),
        ({"a": {"not": "x"}}, {"a": "y"}, True),
        ({"a": {"not": ["x", "y"]}}, {"a": "y"}, False),
        ({"a": {"present": True}}, {"a": ""}, False),
        ({"a": {"present": False}}, {"a": ""}, True),
        ({"a": {"at_least": 2, "at_most": 3}}, {"a": "2.5"}, True),
        ({"a": {"at_least": 2, "at_most": 3}}, {"a": "4"}, False),
        ({"a": {"at_least": 2}}, {"a": ""}, False),
        ({"a": 1, "b": 2}, {"a": "1", "b": "3"}, False),
    ],
)
def test_a_rule_applies_when_all_its_conditions_hold(
    when: dict[str, Any], row: dict[str, Any], holds: bool
) -> None:
    conditions = compile_when("when", when, set())
    assert all(condition(row) for condition in conditions) is holds
