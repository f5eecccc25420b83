from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.history import History
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    user_id: str,
    *,
    month: None | str | Unset = UNSET,
    page: None | str | Unset = UNSET,
    size: int | Unset = 50,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_month: None | str | Unset
    if isinstance(month, Unset):
        json_month = UNSET
    else:
        json_month = month
    params["month"] = json_month

    json_page: None | str | Unset
    if isinstance(page, Unset):
        json_page = UNSET
    else:
        json_page = page
    params["page"] = json_page

    params["size"] = size

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/users/{user_id}/history".format(
            user_id=quote(str(user_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> History | Problem | None:
    if response.status_code == 200:
        response_200 = History.from_dict(response.json())

        return response_200

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

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
) -> Response[History | Problem]:
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
    month: None | str | Unset = UNSET,
    page: None | str | Unset = UNSET,
    size: int | Unset = 50,
) -> Response[History | Problem]:
    """Verdicts about a user

     Newest first, for 24 months. `next` is the `page` of the next request.

    Needs the scope `history:read`, or a user's own token.

    Args:
        user_id (str): The user's id, exactly.
        month (None | str | Unset): Only this month (UTC).
        page (None | str | Unset): The `next` of the page before.
        size (int | Unset): Rows on a page. Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[History | Problem]
    """

    kwargs = _get_kwargs(
        user_id=user_id,
        month=month,
        page=page,
        size=size,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    user_id: str,
    *,
    client: AuthenticatedClient,
    month: None | str | Unset = UNSET,
    page: None | str | Unset = UNSET,
    size: int | Unset = 50,
) -> History | Problem | None:
    """Verdicts about a user

     Newest first, for 24 months. `next` is the `page` of the next request.

    Needs the scope `history:read`, or a user's own token.

    Args:
        user_id (str): The user's id, exactly.
        month (None | str | Unset): Only this month (UTC).
        page (None | str | Unset): The `next` of the page before.
        size (int | Unset): Rows on a page. Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        History | Problem
    """

    return sync_detailed(
        user_id=user_id,
        client=client,
        month=month,
        page=page,
        size=size,
    ).parsed


async def asyncio_detailed(
    user_id: str,
    *,
    client: AuthenticatedClient,
    month: None | str | Unset = UNSET,
    page: None | str | Unset = UNSET,
    size: int | Unset = 50,
) -> Response[History | Problem]:
    """Verdicts about a user

     Newest first, for 24 months. `next` is the `page` of the next request.

    Needs the scope `history:read`, or a user's own token.

    Args:
        user_id (str): The user's id, exactly.
        month (None | str | Unset): Only this month (UTC).
        page (None | str | Unset): The `next` of the page before.
        size (int | Unset): Rows on a page. Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[History | Problem]
    """

    kwargs = _get_kwargs(
        user_id=user_id,
        month=month,
        page=page,
        size=size,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    user_id: str,
    *,
    client: AuthenticatedClient,
    month: None | str | Unset = UNSET,
    page: None | str | Unset = UNSET,
    size: int | Unset = 50,
) -> History | Problem | None:
    """Verdicts about a user

     Newest first, for 24 months. `next` is the `page` of the next request.

    Needs the scope `history:read`, or a user's own token.

    Args:
        user_id (str): The user's id, exactly.
        month (None | str | Unset): Only this month (UTC).
        page (None | str | Unset): The `next` of the page before.
        size (int | Unset): Rows on a page. Default: 50.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        History | Problem
    """

    return (
        await asyncio_detailed(
            user_id=user_id,
            client=client,
            month=month,
            page=page,
            size=size,
        )
    ).parsed
