"""A person with a few days behind her, as screenshots and tests show her."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from api_world import World

from api.auth import Role

T = TypeVar("T")
HOUR_MS = 3_600_000


def link_of(world: World, user: str = "ada", purpose: str = "preferences", **about: str) -> str:
    """The path of a signed link, as a sender gets it."""
    response = apart(
        lambda: world.call(
            "POST",
            f"/v1/users/{user}/links",
            role=Role.PRODUCER,
            json={"purpose": purpose, **about},
        )
    )
    assert response.status_code == 201, response.text
    return str(response.json()["url"])


def apart(work: Callable[[], T]) -> T:
    """What `work` gives, from its own thread: a driven browser has this thread's event loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()


def ask(world: World, request_id: str, type_: str, user: str = "ada", **more: object) -> None:
    """A request to notify her."""
    response = world.call(
        "POST",
        "/v1/requests",
        role=Role.PRODUCER,
        json={"id": request_id, "user_id": user, "type": type_, **more},
    )
    assert response.status_code == 202, response.text


def a_few_days(world: World, user: str = "ada") -> None:
    """Messages sent, held and spared, by the real core."""
    world.introduce(user)
    _identify(world, user)
    world.call(
        "PATCH",
        f"/v1/users/{user}/preferences",
        role=Role.PRODUCER,
        json={"types": {"newsletter": False}, "channels": {"sms": False, "voice": False}},
    )
    ask(world, "s-1", "order_update", user)
    world.now_ms += 20 * HOUR_MS
    ask(world, "s-2", "promotion", user, priority="high")
    world.now_ms += 10 * 60_000
    ask(world, "s-3", "recommendation", user)
    world.now_ms += 3 * HOUR_MS
    ask(world, "s-4", "newsletter", user)
    world.now_ms += 2 * HOUR_MS
    ask(world, "s-5", "security_alert", user)
    world.now_ms += 9 * HOUR_MS
    world.nudge(user)  # they are about at that hour, so nothing but the quiet hours is in the way
    ask(world, "s-6", "tip", user)
    world.now_ms += 2_000
    world.nudge(user)


def _identify(world: World, user: str) -> None:
    response = world.call(
        "PATCH",
        f"/v1/users/{user}/profile",
        role=Role.PRODUCER,
        json={"identifiers": {"push_token": "t-1", "phone": "+49 30 1234567"}},
    )
    assert response.status_code == 202, response.text
