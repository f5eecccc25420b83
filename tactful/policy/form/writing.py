"""A policy as readable YAML: durations in words, lists of words on one line, defaults left out."""

import enum
from typing import Any

import msgspec
import yaml

from tactful.policy.durations import duration
from tactful.policy.form.reading import SPAN
from tactful.policy.model import Policy

_WIDTH = 100


class _Dumper(yaml.SafeDumper):
    """PyYAML's own, with lists of plain values on one line.

    It quotes what YAML 1.1 would take for a number or a boolean (22:00, no), so that a reader of
    either version understands the file.
    """

    def ignore_aliases(self, data: Any) -> bool:
        del data
        return True


def _list(dumper: _Dumper, data: list[Any]) -> yaml.Node:
    flow = not any(isinstance(each, dict | list) for each in data)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=flow)


def _word(dumper: _Dumper, data: str) -> yaml.Node:
    octal = data.startswith("0o")  # a number in YAML 1.2 only
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style="'" if octal else None)


_Dumper.add_representer(list, _list)
_Dumper.add_representer(str, _word)


def write_policy(policy: Policy, *, everything: bool = False) -> str:
    """A policy as a YAML file that reads back as the same.

    Args:
        policy: the policy.
        everything: write the keys as well that have their default value.
    """
    return yaml.dump(
        plain(policy, everything=everything),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=_WIDTH,
    )


def plain(value: Any, *, everything: bool = False, span: bool = False) -> Any:
    """A value of a policy as plain values with the keys of a file.

    Args:
        value: the policy, or a part of it.
        everything: also keys that have their default value.
        span: whether numbers are milliseconds, to be told in words.
    """
    if isinstance(value, msgspec.Struct):
        found: dict[str, Any] = {}
        for field in msgspec.structs.fields(value):
            name, each = field.encode_name, getattr(value, field.name)
            if everything or each != default_of(field):
                short = name.removesuffix(SPAN)
                found[short] = plain(each, everything=everything, span=short != name)
        return found
    if isinstance(value, dict):
        return {
            str(plain(key)): plain(each, everything=everything, span=span)
            for key, each in value.items()
        }
    if isinstance(value, tuple):
        return [plain(each, everything=everything, span=span) for each in value]
    if isinstance(value, enum.Enum):
        return value.value
    if span and isinstance(value, int):
        return duration(value)
    return value


def default_of(field: Any) -> Any:
    """The default of a struct's field; `msgspec.NODEFAULT` where it is required."""
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default
