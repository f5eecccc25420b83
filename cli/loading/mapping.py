"""The mapping file: which records each row of a log gives, read and checked as a whole."""

import dataclasses
from pathlib import Path
from typing import Any

import msgspec
import yaml

from cli.loading.conditions import Condition, compile_when
from cli.loading.errors import MappingError, a_map, one_of, only_keys
from cli.loading.expressions import Scope, Value, compile_value, template
from tactful.records import Event, Feedback, ProfileUpdate, RecordKind, Request

KINDS: dict[str, tuple[RecordKind, type[Event | Request | Feedback | ProfileUpdate]]] = {
    "event": (RecordKind.EVENT, Event),
    "request": (RecordKind.REQUEST, Request),
    "feedback": (RecordKind.FEEDBACK, Feedback),
    "profile-update": (RecordKind.PROFILE_UPDATE, ProfileUpdate),
}
_RULE_KEYS = ("kind", "name", "when", "once_per", "remember", "limit", "fields")
_TOP_KEYS = ("description", "assumptions", "source", "limit", "records")


@dataclasses.dataclass(frozen=True)
class Remember:
    """A rule's record ids are remembered under `name` and the key filled from the row."""

    name: str
    key: Value


@dataclasses.dataclass(frozen=True)
class Rule:
    """One kind of record that a row may give."""

    name: str
    kind: RecordKind
    type: type[Event | Request | Feedback | ProfileUpdate]
    when: tuple[Condition, ...]
    fields: dict[str, Value]
    once_per: str | None
    remember: Remember | None
    limit: int | None


@dataclasses.dataclass(frozen=True)
class Source:
    """How the file is written; `format` None goes by the file's name."""

    format: str | None = None
    delimiter: str = ","
    names: tuple[str, ...] | None = None


@dataclasses.dataclass(frozen=True)
class Mapping:
    """A whole mapping, compiled. Made for one load: what it remembers belongs to that load."""

    name: str
    description: str
    source: Source
    rules: tuple[Rule, ...]
    columns: frozenset[str]
    limit: int | None
    scope: Scope


def _limit(path: str, found: Any) -> int | None:
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int) or found < 1:
        raise MappingError(path, found, "an integer of at least 1")
    return found


def _source(path: str, spec: Any) -> Source:
    if spec is None:
        return Source()
    given = a_map(path, spec, "a map with format, delimiter, names")
    only_keys(path, given, ("format", "delimiter", "names"))
    form = given.get("format")
    if form is not None:
        one_of(f"{path}.format", form, ("csv", "parquet"))
    delimiter = given.get("delimiter", ",")
    if not isinstance(delimiter, str) or len(delimiter) != 1:
        raise MappingError(f"{path}.delimiter", delimiter, "one character")
    names = given.get("names")
    if names is not None and not (isinstance(names, list) and names):
        raise MappingError(f"{path}.names", names, "a list of column names")
    return Source(form, delimiter, tuple(map(str, names)) if names else None)


def _fields(path: str, kind: str, spec: Any, scope: Scope) -> dict[str, Value]:
    struct = KINDS[kind][1]
    known = {field.name: field for field in msgspec.structs.fields(struct)}
    given = a_map(path, spec, f"a map with the fields of a {kind}")
    only_keys(path, given, known)
    for name, field in known.items():
        if field.required and name not in given:
            raise MappingError(f"{path}.{name}", None, f"a value: a {kind} needs the field {name}")
    # Ids are made of the user, so the user's expression is known to the others.
    scope.user = compile_value(f"{path}.user_id", given["user_id"], scope)
    return {name: compile_value(f"{path}.{name}", value, scope) for name, value in given.items()}


def _rule(path: str, spec: Any, scope: Scope) -> Rule:
    given = a_map(path, spec, f"a map with {', '.join(_RULE_KEYS)}")
    only_keys(path, given, _RULE_KEYS)
    kind = one_of(f"{path}.kind", given.get("kind"), KINDS)
    once_per = given.get("once_per")
    if once_per is not None:
        if not isinstance(once_per, str):
            raise MappingError(f"{path}.once_per", once_per, "the name of a column")
        scope.columns.add(once_per)
    remember = None
    if "remember" in given:
        here = f"{path}.remember"
        spot = a_map(here, given["remember"], "a map with as, key")
        only_keys(here, spot, ("as", "key"))
        name = spot.get("as")
        if not isinstance(name, str) or not name:
            raise MappingError(f"{here}.as", name, "a name")
        scope.names.add(name)
        remember = Remember(name, template(f"{here}.key", spot.get("key"), scope))
    return Rule(
        name=str(given.get("name", kind)),
        kind=KINDS[kind][0],
        type=KINDS[kind][1],
        when=tuple(compile_when(f"{path}.when", given.get("when"), scope.columns)),
        fields=_fields(f"{path}.fields", kind, given.get("fields"), scope),
        once_per=once_per,
        remember=remember,
        limit=_limit(f"{path}.limit", given.get("limit")),
    )


def compile_mapping(name: str, document: Any) -> Mapping:
    """The mapping in a parsed YAML document.

    Args:
        name: What to call it in errors, usually the file's name.
        document: The document as `yaml.safe_load` gives it.

    Raises:
        MappingError: At the first thing that can't be understood, with its place.
    """
    given = a_map(name, document, f"a map with {', '.join(_TOP_KEYS)}")
    only_keys(name, given, _TOP_KEYS)
    specs = given.get("records")
    if not isinstance(specs, list) or not specs:
        raise MappingError(f"{name}.records", specs, "a list of rules, one per kind of record")
    scope = Scope()
    rules = tuple(_rule(f"records[{i}]", spec, scope) for i, spec in enumerate(specs))
    for path, recalled in scope.recalled:
        one_of(path, recalled, sorted(scope.names) or ("nothing: no rule has `remember`",))
    return Mapping(
        name=name,
        description=str(given.get("description", "")).strip(),
        source=_source("source", given.get("source")),
        rules=rules,
        columns=frozenset(scope.columns),
        limit=_limit("limit", given.get("limit")),
        scope=scope,
    )


def read_mapping(path: Path) -> Mapping:
    """The mapping in a YAML file.

    Raises:
        MappingError: If there is no such file, it is not YAML, or it is not a mapping.
    """
    try:
        document: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MappingError(str(path), error.strerror, "a readable YAML file") from None
    except yaml.YAMLError as error:
        raise MappingError(str(path), " ".join(str(error).split()), "YAML") from None
    return compile_mapping(path.name, document)
