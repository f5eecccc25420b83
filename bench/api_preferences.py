"""How soon a preference that was saved is obeyed, by one who saves and asks in turn."""

import time
import urllib.request
from typing import Any

import msgspec

from bench.percentiles import percentiles

GIVE_UP_S = 10.0


def preferences_obeyed(port: int, token: str, users: list[str]) -> dict[str, Any]:
    """Each user switches promotions off; then promotions are asked for until one is suppressed.

    `ms` is from the moment of saving to the moment at which the request that was suppressed for it
    was made. `by_the_first` is the share of users whose first request after the answer was.
    """
    lags_ms: list[float] = []
    first = 0
    for user in users:
        began_s = time.perf_counter()
        off = {"types": {"promotion": False}}
        _call(port, token, "PATCH", f"users/{user}/preferences", off)
        for attempt in range(1_000):
            asked_s = time.perf_counter()
            if asked_s - began_s > GIVE_UP_S:
                break
            body = {"request": {"user_id": user, "type": "promotion"}, "deadline_ms": 5_000}
            found = _call(port, token, "POST", "decisions", body)
            if found.get("reason") == "preference_type":
                lags_ms.append((asked_s - began_s) * 1000)
                first += attempt == 0
                break
    return {
        "users": len(users),
        "obeyed": len(lags_ms),
        "by_the_first": round(first / len(users), 3),
        "ms": percentiles(lags_ms),
    }


def _call(port: int, token: str, method: str, path: str, content: object) -> dict[str, Any]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/{path}",
        msgspec.json.encode(content),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        found: dict[str, Any] = msgspec.json.decode(answer.read())
        return found
