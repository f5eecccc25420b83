"""The schema, and the limits of what one document may ask."""

from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.extensions import MaxAliasesLimiter, MaxTokensLimiter, QueryDepthLimiter

from api.graphql.mutations import Mutation
from api.graphql.queries import Query

__all__ = ["Mutation", "Query", "schema"]


class Quiet(strawberry.Schema):
    """A schema that logs nothing by itself: texts of errors may hold what users said."""

    def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
        """Errors are told to the caller, and logged by the route without their texts."""


schema = Quiet(
    query=Query,
    mutation=Mutation,
    extensions=[
        lambda: QueryDepthLimiter(max_depth=10),
        lambda: MaxAliasesLimiter(max_alias_count=15),
        lambda: MaxTokensLimiter(max_token_count=2_000),
    ],
)
