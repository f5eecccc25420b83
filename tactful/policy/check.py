"""Reading a policy: the shape by msgspec, then what a shape can't say."""

from collections import Counter
from collections.abc import Iterable

import msgspec

from tactful.engagement.section import MAX_CHANNELS
from tactful.ids import tag
from tactful.local_time import is_known_zone
from tactful.policy.faults import faults
from tactful.policy.model import MAX_COUNTED_SENDS, Policy

_DECODER = msgspec.json.Decoder(Policy)


class PolicyError(ValueError):
    """A policy that can't be used. The message names the key, what was found, what is allowed."""


def parse_policy(value: bytes) -> Policy:
    """A policy from JSON.

    Raises:
        PolicyError: with the key, what was found and what is allowed.
    """
    try:
        policy = _DECODER.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PolicyError(f"policy: {_said(value, error)}") from error
    problems = problems_of(policy)
    if problems:
        raise PolicyError("policy: " + "; ".join(problems))
    return policy


def _said(value: bytes, error: Exception) -> str:
    """All that keeps JSON from being a policy, or why it is no JSON."""
    try:
        found = list(faults(msgspec.json.decode(value), Policy))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as unreadable:
        return str(unreadable)
    return "; ".join(found) or str(error)


def problems_of(policy: Policy) -> list[str]:
    """What is wrong with a policy of the right shape, a sentence each."""
    problems = []
    if not policy.channels:
        problems.append("channels: found none, at least one is needed")
    if len(policy.channels) > MAX_CHANNELS:
        problems.append(f"channels: found {len(policy.channels)}, allowed: up to {MAX_CHANNELS}")
    for name, kind in policy.types.items():
        if not kind.channels:
            problems.append(f"types.{name}.channels: found none, at least one is needed")
        problems.extend(
            f"types.{name}.channels: found {channel!r}, allowed: {', '.join(policy.channels)}"
            for channel in kind.channels
            if channel not in policy.channels
        )
        problems.extend(_repeated(f"types.{name}.channels", kind.channels))
    problems.extend(_repeated("caps: name", [cap.name for cap in policy.caps]))
    for index, cap in enumerate(policy.caps):
        problems.extend(
            f"caps[{index}].types: found {name!r}, allowed: {', '.join(policy.types)}"
            for name in cap.types or []
            if name not in policy.types
        )
        if cap.max > MAX_COUNTED_SENDS:
            problems.append(
                f"caps[{index}].max: found {cap.max}, allowed: 0 to {MAX_COUNTED_SENDS}"
            )
    if not is_known_zone(policy.time_zone):
        problems.append(f"time_zone: found {policy.time_zone!r}, allowed: a zone of the IANA list")
    weights = policy.timing.global_hour_weights
    if min(weights) < 0 or sum(weights) <= 0:
        problems.append(
            f"timing.global_hour_weights: found {weights}, allowed: 24 numbers from 0 up, not all 0"
        )
    problems.extend(_collisions("types", list(policy.types)))
    problems.extend(_collisions("channels", list(policy.channels)))
    return problems


def _repeated(key: str, names: Iterable[str]) -> list[str]:
    return [
        f"{key}: found {name!r} {times} times, allowed: once"
        for name, times in Counter(names).items()
        if times > 1
    ]


def _collisions(key: str, names: list[str]) -> list[str]:
    seen: dict[int, str] = {}
    problems = []
    for name in names:
        other = seen.setdefault(tag(name), name)
        if other != name:
            problems.append(f"{key}: {name!r} and {other!r} share a hash, rename one of them")
    return problems
