"""Asking GraphQL in tests."""

from typing import Any

from api_world import World


def ask(
    world: World,
    document: str,
    role: str = "admin",
    *,
    key: str | None = None,
    second_factor: bool = True,
    token: str | None = None,
    **variables: Any,
) -> dict[str, Any]:
    """The whole answer to a document."""
    response = world.call(
        "POST",
        "/graphql",
        role=role if token is None else None,
        token=token,
        second_factor=second_factor,
        headers={} if key is None else {"Idempotency-Key": key},
        json={"query": document, "variables": variables},
    )
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def data(told: dict[str, Any], name: str) -> Any:
    """A field of an answer without errors."""
    assert "errors" not in told, told
    return told["data"][name]


def fault(told: dict[str, Any]) -> dict[str, Any]:
    """The extensions of the one error of an answer."""
    assert len(told["errors"]) == 1, told
    found: dict[str, Any] = told["errors"][0]["extensions"]
    return found
