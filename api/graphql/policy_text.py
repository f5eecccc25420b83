"""A policy as an argument: an object, or YAML as people write it."""

from typing import Any

from api.bodies import encoded
from api.problems import invalid


def text_of(policy: Any) -> bytes:
    """The policy's text, as `PUT /v1/policy` would read it.

    Raises:
        Problem: 422.
    """
    if isinstance(policy, dict):
        return encoded(policy)
    if not isinstance(policy, str):
        raise invalid("policy", "something else", "an object, or YAML as text")
    try:
        return policy.encode()
    except UnicodeEncodeError:
        raise invalid("policy", "half a surrogate pair", "text in UTF-8") from None
