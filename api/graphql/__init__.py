"""GraphQL at /graphql: the same data under the same scopes, each field guarded by one."""

from api.graphql.route import router
from api.graphql.schema import schema

__all__ = ["router", "schema"]
