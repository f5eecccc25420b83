"""Requests nobody thought of, made from the OpenAPI and GraphQL documents: none breaks it."""

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from api_world import World
from fastapi import FastAPI
from graphql.language import ast
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strawberry.utils.str_converters import to_camel_case

from api.graphql import router as graphql
from api.graphql.schema import Mutation, Query
from api.openapi import routes_of
from api.routes import ROUTERS

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

pytestmark = pytest.mark.filterwarnings("ignore")

NAMES = ["id", "user_id", "name", "type", "at_ms", "channels", "types", "marketing", "data", "x"]


def _object(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    named = st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    return named.map(
        lambda fields: ast.ObjectValueNode(
            fields=[
                ast.ObjectFieldNode(name=ast.NameNode(value=name), value=value)
                for name, value in fields.items()
            ]
        )
    )


_LEAVES = st.one_of(
    st.integers(-(2**70), 2**70).map(lambda n: ast.IntValueNode(value=str(n))),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12).map(
        lambda text: ast.StringValueNode(value=text)
    ),
    st.booleans().map(lambda on: ast.BooleanValueNode(value=on)),
    st.just(ast.NullValueNode()),
)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda values: ast.ListValueNode(values=values)),
        _object(inner),
    ),
    max_leaves=6,
)
schemathesis.graphql.scalar("JSON", st.one_of(_object(_VALUES), _VALUES))

LIMITS = "1000000/second"
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]
FEW = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    derandomize=True,
)


@pytest.fixture(scope="module")
def made() -> Iterator[World]:
    world = World(rate_limit=LIMITS, rate_limit_heavy=LIMITS, rate_limit_login=LIMITS)
    world.introduce("ada")
    yield world
    world.close()


@pytest.fixture(scope="module")
def rest(made: World) -> Any:
    return schemathesis.openapi.from_asgi("/openapi.json", made.app)


@pytest.fixture(scope="module")
def graph(made: World) -> Any:
    headers = {"Authorization": f"Bearer {made.token('admin')}"}
    return schemathesis.graphql.from_asgi("/graphql", made.app, headers=headers)


def _rest_operations() -> list[tuple[str, str]]:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    for router in (*ROUTERS, graphql):
        app.include_router(router)
    return [
        (method, route.path)
        for route in routes_of(app)
        for method in sorted(route.methods or ())
        if route.include_in_schema
    ]


def _graph_operations() -> list[tuple[str, str]]:
    return [
        (root.__name__, to_camel_case(field.python_name))
        for root in (Query, Mutation)
        for field in root.__strawberry_definition__.fields  # type: ignore[attr-defined]
    ]


@pytest.mark.parametrize(("method", "path"), _rest_operations())
def test_no_request_of_the_document_breaks_the_api(
    made: World, rest: Any, method: str, path: str
) -> None:
    headers = {"Authorization": f"Bearer {made.token('admin')}"}

    @FEW
    @given(case=rest[path][method].as_strategy())
    def check(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)

    check()


@pytest.mark.parametrize(("root", "field"), _graph_operations())
def test_no_question_of_the_schema_breaks_graphql(
    made: World, graph: Any, root: str, field: str
) -> None:
    headers = {"Authorization": f"Bearer {made.token('admin')}"}

    @FEW
    @given(case=graph[root][field].as_strategy())
    def check(case: Any) -> None:
        response = case.call(headers=headers)
        assert response.status_code == 200, response.text
        for error in response.json().get("errors", ()):
            assert error["extensions"]["status"] < 500, error

    check()
