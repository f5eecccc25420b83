"""The schema, and the limits of what one document may ask."""

import inspect
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.extensions import MaxAliasesLimiter, MaxTokensLimiter, QueryDepthLimiter

from api.graphql.mutations import Mutation
from api.graphql.queries import Query

__all__ = ["Mutation", "Query", "schema"]


def _described(root: type) -> type:
    """A root whose fields tell by their docstrings what they do."""
    for field in root.__strawberry_definition__.fields:  # type: ignore[attr-defined]
        field.description = inspect.getdoc(field.base_resolver.wrapped_func)
    return root


class Quiet(strawberry.Schema):
    """A schema that logs nothing by itself: texts of errors may hold what users said."""

    def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
        """Errors are told to the caller, and logged by the route without their texts."""


schema = Quiet(
    query=_described(Query),
    mutation=_described(Mutation),
    extensions=[
        lambda: QueryDepthLimiter(max_depth=10),
        lambda: MaxAliasesLimiter(max_alias_count=15),
        lambda: MaxTokensLimiter(max_token_count=2_000),
    ],
)
