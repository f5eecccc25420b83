from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.post_token_body import PostTokenBody
from ...models.problem import Problem
from ...models.token import Token
from ...models.token_refusal import TokenRefusal
from ...types import Response


def _get_kwargs(
    *,
    body: PostTokenBody,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/oauth/token",
    }

    _kwargs["data"] = body.to_dict()
    headers["Content-Type"] = "application/x-www-form-urlencoded"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | Token | TokenRefusal | None:
    if response.status_code == 200:
        response_200 = Token.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = TokenRefusal.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = TokenRefusal.from_dict(response.json())

        return response_401

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
) -> Response[Problem | Token | TokenRefusal]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: PostTokenBody,
) -> Response[Problem | Token | TokenRefusal]:
    """A token for a client

     The client-credentials grant of RFC 6749.

    The secret may come by HTTP basic authentication or in the form. Admin scopes need `totp`, the
    current one-time code. With `user_id`, a client with `tokens:user` gets a token for that person.

    Args:
        body (PostTokenBody):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Token | TokenRefusal]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: PostTokenBody,
) -> Problem | Token | TokenRefusal | None:
    """A token for a client

     The client-credentials grant of RFC 6749.

    The secret may come by HTTP basic authentication or in the form. Admin scopes need `totp`, the
    current one-time code. With `user_id`, a client with `tokens:user` gets a token for that person.

    Args:
        body (PostTokenBody):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Token | TokenRefusal
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: PostTokenBody,
) -> Response[Problem | Token | TokenRefusal]:
    """A token for a client

     The client-credentials grant of RFC 6749.

    The secret may come by HTTP basic authentication or in the form. Admin scopes need `totp`, the
    current one-time code. With `user_id`, a client with `tokens:user` gets a token for that person.

    Args:
        body (PostTokenBody):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Token | TokenRefusal]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: PostTokenBody,
) -> Problem | Token | TokenRefusal | None:
    """A token for a client

     The client-credentials grant of RFC 6749.

    The secret may come by HTTP basic authentication or in the form. Admin scopes need `totp`, the
    current one-time code. With `user_id`, a client with `tokens:user` gets a token for that person.

    Args:
        body (PostTokenBody):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Token | TokenRefusal
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
