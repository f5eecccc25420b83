"""The one address of GraphQL: POST, JSON, any valid token; each field asks for its scope."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request
from graphql import GraphQLError
from starlette.responses import Response
from strawberry.exceptions import StrawberryException
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.utils.str_converters import to_camel_case

from api.auth import Principal, signed_in
from api.bodies import answer, body_of, decoded
from api.direct import DirectRoute
from api.edge import log
from api.graphql.guard import Caller
from api.graphql.schema import schema
from api.openapi import answers
from api.plain_shapes import GraphAnswer
from api.problems import Problem
from api.routes.common import services_of
from schemas.errors import ContractError
from tactful.faults import without_values

router = APIRouter(tags=["graphql"], route_class=DirectRoute)


class Question(msgspec.Struct, frozen=True, rename="camel"):
    """A GraphQL request."""

    query: Annotated[str, msgspec.Meta(min_length=1)]
    variables: dict[str, Any] | None = None
    operation_name: str | None = None


@router.post(
    "/graphql",
    operation_id="post_graphql",
    summary="GraphQL",
    responses=answers(
        GraphAnswer,
        {"data": {"profile": {"timeZone": "Europe/Berlin"}}},
        text="`data`, and `errors` each with the problem's code.",
    ),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["query"],
                        "properties": {
                            "query": {"type": "string", "minLength": 1},
                            "variables": {"type": ["object", "null"]},
                            "operationName": {"type": ["string", "null"]},
                        },
                    },
                    "example": {"query": '{ profile(userId: "ada") { timeZone } }'},
                }
            },
        }
    },
)
async def post_graphql(request: Request, who: Annotated[Principal, signed_in()]) -> Response:
    """The same data under the same scopes as REST."""
    asked = decoded(Question, await body_of(request))
    caller = Caller(request, services_of(request), who)
    try:
        result = await schema.execute(
            asked.query,
            variable_values=asked.variables,
            operation_name=asked.operation_name,
            context_value=caller,
        )
    except (StrawberryException, CannotGetOperationTypeError, InvalidOperationTypeError):
        raise Problem(
            400, "malformed", "query: found no operation that can be carried out"
        ) from None
    trace = str(request.scope.get("trace"))
    document: dict[str, Any] = {"data": result.data}
    if result.errors:
        document["errors"] = [_told(error, trace) for error in result.errors]
    if caller.replayed:
        document["extensions"] = {"idempotentReplayed": caller.replayed}
    return answer(document)


def _told(error: GraphQLError, trace: str) -> dict[str, Any]:
    cause = error.original_error
    told: dict[str, Any] = {"path": error.path}
    if isinstance(cause, Problem):
        told["message"] = cause.detail
        more = {to_camel_case(name): value for name, value in cause.more.items()}
        told["extensions"] = {"code": cause.code, "status": cause.status, **more}
        if "Retry-After" in cause.headers:
            told["extensions"]["retryAfterS"] = int(cause.headers["Retry-After"])
    elif isinstance(cause, ContractError):
        told["message"] = str(cause)
        told["extensions"] = {"code": "invalid", "status": 422, "field": cause.field}
    elif cause is None or isinstance(cause, GraphQLError):
        told["message"] = error.message
        told["extensions"] = {"code": "malformed", "status": 400}
    else:
        log.error("trace=%s %s", trace, without_values(cause))
        told["message"] = "An error of ours; it is logged under this trace."
        told["extensions"] = {"code": "internal", "status": 500, "trace": trace}
    if error.locations:
        told["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    return told
