"""Writes the tables of docs/api.md and docs/security.md; a test holds them equal to the code.

Run it from the project's root: `python tests/api/write_api_tables.py`.
"""

import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
API = ROOT / "docs" / "api.md"
SECURITY = ROOT / "docs" / "security.md"


def blocks() -> dict[Path, dict[str, str]]:
    """By page and name of the block, what has to stand there."""
    from api.auth import ROLE_SCOPES, SECOND_FACTOR, USER_SCOPES, Role, Scope
    from api.problems import TITLES

    roles = [role for role in Role if role is not Role.USER]
    rows = []
    for scope in Scope:
        marks = ["x" if scope in ROLE_SCOPES[role] else "" for role in roles]
        own = "own" if scope in USER_SCOPES else ""
        factor = "yes" if scope in SECOND_FACTOR else ""
        rows.append([f"`{scope}`", *marks, own, factor])
    head = ["scope", *(f"`{role}`" for role in roles), "`user`", "second factor"]
    problems = [[f"`{code}`", title] for code, title in TITLES.items()]
    return {
        API: {
            "operations": table(["operation", "what", "scope"], _operations()),
            "problems": table(["`type` ends in", "title"], problems),
            "fields": table(["field", "what", "scope"], _fields()),
            "rest-only": table(["only by REST", "why"], _rest_only()),
            "settings": table(["variable", "default", "what"], _settings()),
        },
        SECURITY: {
            "roles": table(head, rows),
            "admin": ", ".join(f"`{scope}`" for scope in sorted(SECOND_FACTOR)),
        },
    }


def _fields() -> list[list[str]]:
    from strawberry.utils.str_converters import to_camel_case

    from api.auth import USER_SCOPES
    from api.graphql.guard import guard_of
    from api.graphql.schema import Mutation, Query

    rows = []
    for root in (Query, Mutation):
        mark = "" if root is Query else "mutation "
        for field in root.__strawberry_definition__.fields:  # type: ignore[attr-defined]
            guard = guard_of(field)
            assert guard is not None
            names = [each.python_name for each in field.arguments]
            given = f"({', '.join(map(to_camel_case, names))})" if names else ""
            own = " or own" if guard.scope in USER_SCOPES and "user_id" in names else ""
            what = str(field.description).split("\n")[0].removesuffix(".")
            called = f"`{mark}{to_camel_case(field.python_name)}{given}`"
            rows.append([called, what, f"`{guard.scope}`{own}"])
    return rows


def _rest_only() -> list[list[str]]:
    from graphql_reach import REST_ONLY

    addresses = {
        route.operation_id: f"`{method} {route.path}`"
        for route in _routes()
        for method in sorted(route.methods or ())
    }
    by_reason: dict[str, list[str]] = {}
    for operation, why in REST_ONLY.items():
        by_reason.setdefault(why, []).append(addresses[operation])
    return [[", ".join(names), why] for why, names in by_reason.items()]


def _routes() -> list[Any]:
    from fastapi import FastAPI

    from api.graphql import router as graphql
    from api.openapi import routes_of
    from api.routes import ROUTERS

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    for router in (*ROUTERS, graphql):
        app.include_router(router)
    return list(routes_of(app))


def _operations() -> list[list[str]]:
    from api.auth import Allow
    from api.openapi import guard_of

    rows = []
    for route in _routes():
        guard = guard_of(route)
        who = "public"
        if isinstance(guard, Allow):
            who = "any token" if guard.scope is None else f"`{guard.scope}`"
            who += " or own" if guard.own(route.path) else ""
        what = route.summary or route.description
        rows += [[f"`{method} {route.path}`", what, who] for method in sorted(route.methods or ())]
    return rows


def _settings() -> list[list[str]]:
    import ast
    import inspect

    from api.settings import ApiSettings

    # What stands under a field in the source says what it is for.
    tree = ast.parse(inspect.getsource(ApiSettings)).body[0]
    assert isinstance(tree, ast.ClassDef)
    told = {}
    for field, following in zip(tree.body, tree.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            text = ""
            if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
                text = " ".join(str(following.value.value).split())
            told[field.target.id] = text
    return [
        [f"`TACTFUL_API_{name.upper()}`", f"`{field.default}`", told[name]]
        for name, field in ApiSettings.model_fields.items()
    ]


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def filled(text: str, name: str, content: str) -> str:
    """The page with a block written anew."""
    inline = "\n" not in content
    mark = re.compile(rf"(<!-- {name}\b[^>]*-->).*?(<!-- /{name} -->)", re.DOTALL)
    assert mark.search(text), name
    between = content if inline else f"\n\n{content}\n\n"
    return mark.sub(lambda found: found[1] + between + found[2], text)


def pages() -> dict[Path, str]:
    """The pages as they have to be."""
    found = {}
    for page, parts in blocks().items():
        text = page.read_text(encoding="utf-8")
        for name, content in parts.items():
            text = filled(text, name, content)
        found[page] = text
    return found


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
