"""The preview of a policy for the API: decided in a process of its own, told as one JSON document.

`python -m cli.policy_preview` reads a policy (JSON) from standard input, decides the history that
Kafka still holds under the one in force and this one, and writes what differs.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from cli.preview_run import Run
    from deploy.settings import Settings
    from tactful.preview.compare import Side

_TIMEOUT_S = 120.0
_SHOWN = 20


def preview_with(stack: "Settings") -> Callable[[bytes], Awaitable[dict[str, Any]]]:
    """What the API calls with a policy's JSON."""
    import os

    from api.problems import unavailable

    one_at_a_time = asyncio.Lock()

    async def preview(policy: bytes) -> dict[str, Any]:
        async with one_at_a_time:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "cli.policy_preview",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={**os.environ, **stack.environment()},
            )
            try:
                said, _ = await asyncio.wait_for(process.communicate(policy), _TIMEOUT_S)
            except TimeoutError:
                process.kill()
                raise unavailable("The history is too long for a preview here.", 60) from None
            if process.returncode != 0:
                raise unavailable("The preview failed: is Kafka up?", 10)
            found: dict[str, Any] = msgspec.json.decode(said)
            return found

    return preview


def main() -> int:
    """Entry point of the process."""
    from cli.broker import BrokerError
    from cli.policy_live import live_policy
    from cli.preview_run import Run
    from cli.preview_sources import Skipped, from_kafka
    from cli.preview_users import Sorter
    from deploy.settings import Settings
    from tactful.policy import parse_policy

    after = parse_policy(sys.stdin.buffer.read())
    try:
        run = Run(live_policy(Settings()).policy, after, _SHOWN)
        skipped = Skipped()
        with Sorter() as sorter:
            sorter.take(from_kafka(skipped, lambda _: None))
            run.over(sorter, lambda _: None, None)
            records = sorter.items
    except BrokerError as error:
        print(error, file=sys.stderr)
        return 1
    sys.stdout.buffer.write(msgspec.json.encode(told(run, records, skipped.count)))
    return 0


def told(run: "Run", records: int, left_out: int) -> dict[str, Any]:
    """What a run found, as the API tells it (`api.plain_shapes.PolicyPreview`).

    Args:
        run: after it went over the history.
        records: how many were decided.
        left_out: how many could not be read.
    """
    compared = run.comparison
    return {
        "before": {"version": run.before.version, **_side(compared.before)},
        "after": {"version": run.after.version, **_side(compared.after)},
        "records": records,
        "left_out": left_out,
        "users": compared.users,
        "users_changed": compared.users_changed,
        "requests": compared.requests,
        "requests_changed": compared.requests_changed,
        "moves": _pairs(compared.moves),
        "reason_moves": _pairs(compared.reason_moves),
        "examples": run.shown,
    }


def _side(side: "Side") -> dict[str, Any]:
    return {
        "endings": dict(side.endings.most_common()),
        "reasons": _pairs(side.reasons),
        "sends": _pairs(side.sends),
        "delay_min": {"p50": side.delay_min(0.5), "p95": side.delay_min(0.95)},
    }


def _pairs(counted: "Counter[Any]") -> list[dict[str, Any]]:
    """Counts of pairs, the most frequent first."""
    return [
        {"of": str(one), "to": str(other), "count": count}
        for (one, other), count in counted.most_common(50)
    ]


if __name__ == "__main__":
    sys.exit(main())
