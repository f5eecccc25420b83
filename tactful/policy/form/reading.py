"""A policy from its YAML file: every fault with its line and column, all of them at once."""

from collections.abc import Iterator
from typing import Any, get_args, get_origin

import msgspec
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from tactful.policy.check import PolicyError
from tactful.policy.durations import ALLOWED, parse_duration
from tactful.policy.faults import (
    Fault,
    Path,
    core_of,
    faults,
    hints_of,
    is_struct,
    one_of,
    path_text,
    shown,
)
from tactful.policy.form.nodes import (
    MAX_DEPTH,
    MAX_NODES,
    Place,
    TextError,
    compose,
    place_of,
    scalar,
)
from tactful.policy.model import Policy
from tactful.policy.problems import problems_of
from tactful.policy.warnings import warnings_of

SPAN = "_ms"
"""How keys end that a file may also have without it, with a duration in words."""

_MERGE = "<<"


class Read:
    """A policy with the places of its file.

    Attributes:
        policy: what the file says.
        warnings: what it probably does not mean, a line each.
    """

    def __init__(self, policy: Policy, warnings: list[str]) -> None:
        self.policy = policy
        self.warnings = warnings


def read_policy(value: bytes, name: str = "policy") -> Read:
    """A policy from YAML, or from JSON, which is YAML too.

    Args:
        value: the file.
        name: what to call it in messages.

    Raises:
        PolicyError: with file, line, column, key, what was found and what is allowed, for each
            fault.
    """
    try:
        walk = _Walk(compose(value))
    except TextError as error:
        raise PolicyError(
            [f"{name}:{error.place.line}:{error.place.column}: {error}"], ""
        ) from None
    if walk.faults:
        raise PolicyError(walk.lines(name, walk.faults), "")
    policy = msgspec.convert(walk.value, Policy)
    problems = problems_of(policy)
    if problems:
        raise PolicyError(walk.lines(name, problems), "")
    return Read(policy, walk.lines(name, warnings_of(policy)))


class _Walk:
    """One way through the nodes: gives plain values and remembers where each stood.

    Attributes:
        value: the policy as plain values, durations as milliseconds.
        faults: what is wrong with its shape.
    """

    def __init__(self, node: Node) -> None:
        self._places: dict[Path, Place] = {}
        self._written: dict[Path, str] = {}
        self._own: list[Fault] = []
        self._nodes = 0
        self.value = self._plain(node, Policy, ())
        refused = [fault.path for fault in self._own]
        self.faults = self._own + [
            fault
            for fault in faults(self.value, Policy)
            if not any(fault.path[: len(path)] == path for path in refused)
        ]

    def lines(self, name: str, found: list[Fault]) -> list[str]:
        """Faults as lines of a person's editor, in the order of the file."""
        placed = sorted((self._place(fault.path), *self._said(fault)) for fault in found)
        return [f"{name}:{p.line}:{p.column}: {key}{said}" for p, key, said in placed]

    def _place(self, path: Path) -> Place:
        while path and path not in self._places:
            path = path[:-1]
        return self._places[path]

    def _said(self, fault: Fault) -> tuple[str, str]:
        path = fault.path
        steps = tuple(self._written.get(path[: at + 1], path[at]) for at in range(len(path)))
        return (f"{path_text(steps)}: " if steps else ""), fault.said

    def _plain(self, node: Node, allowed: Any, path: Path) -> Any:
        self._count(node, path)
        self._places.setdefault(path, place_of(node.start_mark))
        core = core_of(allowed)
        if isinstance(node, MappingNode):
            if is_struct(core):
                return self._struct(node, hints_of(core), path)
            inside = get_args(core)[1] if get_origin(core) is dict else Any
            pairs = self._pairs(node, path)
            return {key: self._plain(each, inside, (*path, key)) for key, _, each in pairs}
        if isinstance(node, SequenceNode):
            inside = get_args(core)[0] if get_origin(core) is tuple else Any
            return [self._plain(each, inside, (*path, at)) for at, each in enumerate(node.value)]
        assert isinstance(node, ScalarNode)
        return scalar(node)

    def _struct(self, node: MappingNode, hints: dict[str, Any], path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, key_node, each in self._pairs(node, path, spans=True):
            name = f"{key}{SPAN}" if f"{key}{SPAN}" in hints else key
            place = (*path, name)
            self._written.setdefault(place, key)
            if name not in hints:
                self._places[place] = place_of(key_node.start_mark)
                words = one_of(key, [hint.removesuffix(SPAN) for hint in hints])
                self._own.append(Fault(place, f"unknown key, {words}"))
            elif name in found:
                self._places[place] = place_of(key_node.start_mark)
                short = name.removesuffix(SPAN)
                self._written[place] = key
                self._own.append(Fault(place, f"found {short} and {name}, allowed: one of them"))
            elif name != key:
                found[name] = self._spans(each, hints[name], place)
            else:
                found[name] = self._plain(each, hints[name], place)
        return found

    def _spans(self, node: Node, allowed: Any, path: Path) -> Any:
        """The value of a key without `_ms`: a duration, or several by name."""
        self._places.setdefault(path, place_of(node.start_mark))
        if isinstance(node, MappingNode) and get_origin(core_of(allowed)) is dict:
            inside = get_args(core_of(allowed))[1]
            return {
                key: self._spans(each, inside, (*path, key))
                for key, _, each in self._pairs(node, path)
            }
        value = self._plain(node, allowed, path)
        span_ms = parse_duration(value) if isinstance(value, str) else None
        if span_ms is None and value is not None:
            self._own.append(Fault(path, f"found {shown(value)}, allowed: {ALLOWED}"))
        return span_ms

    def _pairs(
        self, node: MappingNode, path: Path, *, spans: bool = False
    ) -> Iterator[tuple[str, Node, Node]]:
        """Keys with their values: its own, each once, then those merged in by `<<`."""
        seen: set[str] = set()
        merged: list[tuple[str, Node, Node]] = []
        for key_node, each in node.value:
            if not isinstance(key_node, ScalarNode):
                self._refuse((*path, "?"), key_node, "found a key that is no word, allowed: a name")
                continue
            key = str(key_node.value)
            if key == _MERGE and key_node.style is None:
                merged += self._merged(each, (*path, key))
            elif key in seen:
                self._refuse((*path, f"{key} (again)"), key_node, "allowed: each key once")
            else:
                seen.add(key)
                yield key, key_node, each
        if spans:  # `ttl` of its own also stands before a `ttl_ms` that is merged in
            seen |= {f"{key}{SPAN}" for key in seen} | {key.removesuffix(SPAN) for key in seen}
        for key, key_node, each in merged:
            if key not in seen:
                seen.add(key)
                yield key, key_node, each

    def _merged(self, node: Node, path: Path) -> list[tuple[str, Node, Node]]:
        sources = node.value if isinstance(node, SequenceNode) else [node]
        pairs: list[tuple[str, Node, Node]] = []
        for source in sources:
            self._count(source, path)
            if not isinstance(source, MappingNode):
                self._refuse(path, node, "found no map, allowed: an alias of one")
                return []
            pairs += self._pairs(source, path)
        return pairs

    def _count(self, node: Node, path: Path) -> None:
        """Aliases may lead round in circles, or grow a small file beyond all bounds."""
        self._nodes += 1
        place = place_of(node.start_mark)
        if self._nodes > MAX_NODES:
            said = f"found more than {MAX_NODES} values with those behind aliases, allowed: fewer"
            raise TextError(place, said)
        if len(path) > MAX_DEPTH:
            raise TextError(place, f"found values nested deeper than {MAX_DEPTH} by aliases")

    def _refuse(self, path: Path, node: Node, said: str) -> None:
        self._places[path] = place_of(node.start_mark)
        self._own.append(Fault(path, said))
