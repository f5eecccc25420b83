from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.link import Link
from ...models.link_in import LinkIn
from ...models.problem import Problem
from ...types import Response


def _get_kwargs(
    user_id: str,
    *,
    body: LinkIn,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/users/{user_id}/links".format(
            user_id=quote(str(user_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Link | Problem | None:
    if response.status_code == 201:
        response_201 = Link.from_dict(response.json())

        return response_201

    if response.status_code == 400:
        response_400 = Problem.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

    if response.status_code == 413:
        response_413 = Problem.from_dict(response.json())

        return response_413

    if response.status_code == 415:
        response_415 = Problem.from_dict(response.json())

        return response_415

    if response.status_code == 422:
        response_422 = Problem.from_dict(response.json())

        return response_422

    if response.status_code == 429:
        response_429 = Problem.from_dict(response.json())

        return response_429

    if response.status_code == 500:
        response_500 = Problem.from_dict(response.json())

        return response_500

    if response.status_code == 503:
        response_503 = Problem.from_dict(response.json())

        return response_503

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Link | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    user_id: str,
    *,
    client: AuthenticatedClient,
    body: LinkIn,
) -> Response[Link | Problem]:
    """A link for a message to a user

     Whoever holds the link may do what it is for, as that user, until it ends.

    It shows no contact data; what is done by it is recorded with the client that made it.

    Needs the scope `links:write`.

    Args:
        user_id (str): The user's id, exactly.
        body (LinkIn): A link for a message to a user.

                With `decision_id` and `channel` an unsubscription counts as what came of that
            notification, so
                that models learn from it.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Link | Problem]
    """

    kwargs = _get_kwargs(
        user_id=user_id,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    user_id: str,
    *,
    client: AuthenticatedClient,
    body: LinkIn,
) -> Link | Problem | None:
    """A link for a message to a user

     Whoever holds the link may do what it is for, as that user, until it ends.

    It shows no contact data; what is done by it is recorded with the client that made it.

    Needs the scope `links:write`.

    Args:
        user_id (str): The user's id, exactly.
        body (LinkIn): A link for a message to a user.

                With `decision_id` and `channel` an unsubscription counts as what came of that
            notification, so
                that models learn from it.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Link | Problem
    """

    return sync_detailed(
        user_id=user_id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    user_id: str,
    *,
    client: AuthenticatedClient,
    body: LinkIn,
) -> Response[Link | Problem]:
    """A link for a message to a user

     Whoever holds the link may do what it is for, as that user, until it ends.

    It shows no contact data; what is done by it is recorded with the client that made it.

    Needs the scope `links:write`.

    Args:
        user_id (str): The user's id, exactly.
        body (LinkIn): A link for a message to a user.

                With `decision_id` and `channel` an unsubscription counts as what came of that
            notification, so
                that models learn from it.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Link | Problem]
    """

    kwargs = _get_kwargs(
        user_id=user_id,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    user_id: str,
    *,
    client: AuthenticatedClient,
    body: LinkIn,
) -> Link | Problem | None:
    """A link for a message to a user

     Whoever holds the link may do what it is for, as that user, until it ends.

    It shows no contact data; what is done by it is recorded with the client that made it.

    Needs the scope `links:write`.

    Args:
        user_id (str): The user's id, exactly.
        body (LinkIn): A link for a message to a user.

                With `decision_id` and `channel` an unsubscription counts as what came of that
            notification, so
                that models learn from it.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Link | Problem
    """

    return (
        await asyncio_detailed(
            user_id=user_id,
            client=client,
            body=body,
        )
    ).parsed
