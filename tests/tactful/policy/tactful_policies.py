"""Small valid policies as YAML, and what a reader says of one that is not."""

import pytest

from tactful.policy import Policy, PolicyError
from tactful.policy.form import read_policy

SMALL = """\
version: v1
types:
  promotion: {purpose: marketing, channels: [email, push]}
  receipt: {purpose: transactional, channels: [email]}
channels:
  email: {address: email}
  push: {address: push_token}
"""


def policy_of(more: str = "", base: str = SMALL) -> Policy:
    return read_policy((base + more).encode()).policy


def refusals(text: str) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        read_policy(text.encode(), "p.yaml")
    return caught.value.problems


def warnings(text: str) -> list[str]:
    return read_policy(text.encode(), "p.yaml").warnings
