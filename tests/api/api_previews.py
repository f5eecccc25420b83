"""The preview of a policy over histories in memory, told as it is in production."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from cli.policy_preview import told
from cli.preview_run import Run
from tactful.history import Past, live
from tactful.knowledge import Knowledge
from tactful.policy import Policy

_SHOWN = 20


def previewed(pasts: Mapping[str, Sequence[Past]], before: Policy, policy: bytes) -> dict[str, Any]:
    """What `POST /v1/policy/preview` says of these users.

    Args:
        pasts: their records, by user.
        before: the policy in force.
        policy: the other one, as JSON.
    """
    run = Run(before, msgspec.json.decode(policy, type=Policy), _SHOWN)
    old, new = Knowledge(run.before), Knowledge(run.after)
    for name, past in pasts.items():
        run.shown += run.comparison.add(name, live(name, past, old), live(name, past, new))
    plain: dict[str, Any] = msgspec.to_builtins(told(run, sum(map(len, pasts.values())), 0))
    return {**plain, "examples": plain["examples"][:_SHOWN]}
