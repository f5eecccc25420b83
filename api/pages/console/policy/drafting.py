"""From what stands in the form to a policy's text, and from its faults back to the fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from api.pages.console.policy.fields import Field, fields_of
from tactful.policy import Policy, PolicyError
from tactful.policy.form import Read, plain, read_policy, write_policy

_LISTS = ("caps", "gaps")
_MANY = 40


@dataclass(frozen=True)
class Draft:
    """A policy as it is being written.

    Attributes:
        text: its YAML.
        read: the policy of the text; None while it can't be used.
        faults: what is wrong, by the name of the field, in words.
        others: what is wrong at places that the form does not show, a line each.
        typed: what stands in the fields, where it differs from the policy's own.
    """

    text: str
    read: Read | None
    faults: Mapping[str, str] = field(default_factory=dict)
    others: Sequence[str] = ()
    typed: Mapping[str, str] = field(default_factory=dict)


def of_policy(policy: Policy) -> Draft:
    """A draft that is the policy itself."""
    text = write_policy(policy)
    return Draft(text, read_policy(text.encode()))


def of_text(text: str) -> Draft:
    """A draft of YAML that a person wrote."""
    text = text.replace("\r\n", "\n")
    try:
        return Draft(text, read_policy(text.encode("utf-8", "replace")))
    except PolicyError as error:
        return Draft(text, None, others=error.problems[:_MANY])


def of_form(base: Policy, form: Mapping[str, Sequence[str]]) -> Draft:
    """A draft of the fields, on top of a policy that has all the rest.

    Args:
        base: what the form was made from.
        form: the values of its fields by name; what is missing stays as it is.
    """
    document: dict[str, Any] = plain(base)
    typed: dict[str, str] = {}
    quiet_off = "form" in form and not form.get("quiet_hours")
    for each in fields_of(base):
        if each.kind == "switch" or each.name not in form:
            continue
        text = form[each.name][-1].strip()
        typed[each.name] = text
        if text != each.value:
            _set(document, each, text)
    if quiet_off:
        document["quiet_hours"] = None
    elif "form" in form and document.get("quiet_hours", {}) is None:
        document["quiet_hours"] = {}
    places = {name: _listed(document, name, form) for name in _LISTS}
    try:
        read = read_policy(msgspec.json.encode(document))
    except PolicyError as error:
        faults, others = _placed(error.problems, places, {f.name for f in fields_of(base)})
        return Draft(write_policy(base), None, faults, others, typed)
    return Draft(write_policy(read.policy), read)


def _set(document: dict[str, Any], each: Field, text: str) -> None:
    at: Any = document
    for step, after in zip(each.path[:-1], each.path[1:], strict=True):
        if isinstance(step, int):
            while len(at) <= step:
                at.append({})
            at = at[step]
        else:
            known = at.get(step)
            if known is None:
                known = at[step] = [] if isinstance(after, int) else {}
            at = known
    key = each.path[-1]
    if not text and each.optional:
        at.pop(key, None)
        if each.path[-2:] == ("holdback", "share"):
            _without(document, each.path[:-1])
        return
    at[key] = _value(each, text)


def _without(document: dict[str, Any], path: Sequence[str | int]) -> None:
    at: Any = document
    for step in path[:-1]:
        at = at[step]
    at.pop(path[-1], None)


def _value(each: Field, text: str) -> Any:
    """The text as the file would have it; what is no number stays text, and is refused by name."""
    if each.kind == "words":
        return [word for word in (part.strip() for part in text.split(",")) if word]
    try:
        if each.kind == "count":
            return int(text)
        if each.kind in ("number", "share"):
            return float(text)
    except ValueError:
        return text
    return text


def _listed(document: dict[str, Any], name: str, form: Mapping[str, Sequence[str]]) -> list[int]:
    """Take out what is to go and what was left empty; gives the old place of each that stays."""
    rows = document.get(name) or []
    kept = [
        at
        for at, row in enumerate(rows)
        if f"{name}[{at}].remove" not in form and (row.get("name") or _filled(row))
    ]
    if rows:
        document[name] = [rows[at] for at in kept]
    return kept


def _filled(row: Mapping[str, Any]) -> bool:
    return any(value for key, value in row.items() if key not in ("name", "per"))


def _placed(
    problems: Sequence[str], places: Mapping[str, Sequence[int]], known: set[str]
) -> tuple[dict[str, str], list[str]]:
    """Faults by the field that they are in; what is in none, as a line."""
    faults: dict[str, str] = {}
    others: list[str] = []
    for line in problems:
        _, _, rest = line.partition(": ")
        key, _, said = rest.partition(": ")
        for name, kept in places.items():
            if key.startswith(f"{name}["):
                number, _, tail = key.removeprefix(f"{name}[").partition("]")
                if number.isdigit() and int(number) < len(kept):
                    key = f"{name}[{kept[int(number)]}]{tail}"
        owner = next((f for f in (key, f"{key}.name", key.rpartition("[")[0]) if f in known), None)
        if owner is None or not said:
            others.append(rest or line)
        else:
            faults[owner] = f"{faults[owner]}; {said}" if owner in faults else said
    return faults, others[:_MANY]
