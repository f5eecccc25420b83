"""Reading a policy from JSON: the shape by msgspec, then what a shape can't say."""

from collections.abc import Iterable

import msgspec

from tactful.policy.faults import Fault, faults
from tactful.policy.model import Policy
from tactful.policy.problems import problems_of
from tactful.policy.warnings import warnings_of

_DECODER = msgspec.json.Decoder(Policy)


class PolicyError(ValueError):
    """A policy that can't be used. The message names the key, what was found, what is allowed.

    Attributes:
        problems: the same, a sentence for each thing that is wrong.
    """

    def __init__(self, problems: Iterable[str], start: str = "policy: ") -> None:
        self.problems = list(problems)
        super().__init__(start + "; ".join(self.problems))


def parse_policy(value: bytes) -> Policy:
    """A policy from JSON.

    Raises:
        PolicyError: with the key, what was found and what is allowed.
    """
    try:
        policy = _DECODER.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PolicyError(_said(value, error)) from error
    problems = problems_of(policy)
    if problems:
        raise PolicyError(map(str, problems))
    return policy


def _said(value: bytes, error: Exception) -> list[str]:
    """All that keeps JSON from being a policy, or why it is no JSON."""
    try:
        found: list[Fault] = list(faults(msgspec.json.decode(value), Policy))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as unreadable:
        return [str(unreadable)]
    return [str(each) for each in found] or [str(error)]


__all__ = ["PolicyError", "parse_policy", "problems_of", "warnings_of"]
