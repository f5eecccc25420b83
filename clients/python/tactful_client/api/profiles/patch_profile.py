from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.accepted import Accepted
from ...models.problem import Problem
from ...models.profile_in import ProfileIn
from ...types import UNSET, Response, Unset


def _get_kwargs(
    user_id: str,
    *,
    body: ProfileIn,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "patch",
        "url": "/v1/users/{user_id}/profile".format(
            user_id=quote(str(user_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Accepted | Problem | None:
    if response.status_code == 202:
        response_202 = Accepted.from_dict(response.json())

        return response_202

    if response.status_code == 400:
        response_400 = Problem.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

    if response.status_code == 409:
        response_409 = Problem.from_dict(response.json())

        return response_409

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
) -> Response[Accepted | Problem]:
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
    body: ProfileIn,
    idempotency_key: str | Unset = UNSET,
) -> Response[Accepted | Problem]:
    """Change attributes, identifiers or zone

     Fields that are not named stay; null takes one back. The last writer wins per field.

    Identifiers are encrypted before they leave this process.

    Needs the scope `profiles:write`, or a user's own token.

    Args:
        user_id (str): The user's id, exactly.
        idempotency_key (str | Unset):
        body (ProfileIn): New values for parts of a profile; null takes a field back.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Accepted | Problem]
    """

    kwargs = _get_kwargs(
        user_id=user_id,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    user_id: str,
    *,
    client: AuthenticatedClient,
    body: ProfileIn,
    idempotency_key: str | Unset = UNSET,
) -> Accepted | Problem | None:
    """Change attributes, identifiers or zone

     Fields that are not named stay; null takes one back. The last writer wins per field.

    Identifiers are encrypted before they leave this process.

    Needs the scope `profiles:write`, or a user's own token.

    Args:
        user_id (str): The user's id, exactly.
        idempotency_key (str | Unset):
        body (ProfileIn): New values for parts of a profile; null takes a field back.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Accepted | Problem
    """

    return sync_detailed(
        user_id=user_id,
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    user_id: str,
    *,
    client: AuthenticatedClient,
    body: ProfileIn,
    idempotency_key: str | Unset = UNSET,
) -> Response[Accepted | Problem]:
    """Change attributes, identifiers or zone

     Fields that are not named stay; null takes one back. The last writer wins per field.

    Identifiers are encrypted before they leave this process.

    Needs the scope `profiles:write`, or a user's own token.

    Args:
        user_id (str): The user's id, exactly.
        idempotency_key (str | Unset):
        body (ProfileIn): New values for parts of a profile; null takes a field back.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Accepted | Problem]
    """

    kwargs = _get_kwargs(
        user_id=user_id,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    user_id: str,
    *,
    client: AuthenticatedClient,
    body: ProfileIn,
    idempotency_key: str | Unset = UNSET,
) -> Accepted | Problem | None:
    """Change attributes, identifiers or zone

     Fields that are not named stay; null takes one back. The last writer wins per field.

    Identifiers are encrypted before they leave this process.

    Needs the scope `profiles:write`, or a user's own token.

    Args:
        user_id (str): The user's id, exactly.
        idempotency_key (str | Unset):
        body (ProfileIn): New values for parts of a profile; null takes a field back.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Accepted | Problem
    """

    return (
        await asyncio_detailed(
            user_id=user_id,
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed
