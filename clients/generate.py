"""`python -m clients.generate`: writes clients/python from the OpenAPI document of the API.

clients/schema.graphql is written too, for generators of GraphQL clients. The generator runs in an
environment of its own, from requirements/client.txt, as it wants other versions than Tactful does.
`--check` changes nothing, and fails where the client is not up to date.
"""

import argparse
import filecmp
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from fastapi import FastAPI

from api import openapi
from api.graphql import router as graphql
from api.graphql import schema
from api.routes import ROUTERS

ROOT = Path(__file__).resolve().parents[1]
CLIENT = ROOT / "clients" / "python"
PACKAGE = "tactful_client"
DOCUMENT = CLIENT / "openapi.json"
SCHEMA = ROOT / "clients" / "schema.graphql"
REQUIREMENTS = ROOT / "requirements" / "client.txt"
_CONFIG = Path(__file__).with_name("config.yaml")


def document() -> str:
    """The OpenAPI document as it is committed: keys sorted, so that a change shows as a change."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    for router in (*ROUTERS, graphql):
        app.include_router(router)
    openapi.install(app)
    return json.dumps(app.openapi(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def schema_text() -> str:
    """The GraphQL schema as it is committed."""
    return schema.as_str().rstrip() + "\n"


def generate(target: Path, text: str) -> None:
    """Write the package for a document.

    Raises:
        RuntimeError: the generator could not be had, or failed; with what it said.
    """
    uv = Path(sys.executable).with_name("uv")
    with tempfile.TemporaryDirectory(prefix="tactful-client-") as folder:
        source = Path(folder) / "openapi.json"
        source.write_text(text)
        command = [
            str(uv if uv.exists() else "uv"),
            "run",
            "--quiet",
            "--no-project",
            "--isolated",
            "--python",
            sys.executable,
            "--with-requirements",
            str(REQUIREMENTS),
            "openapi-python-client",
            "generate",
            "--path",
            str(source),
            "--config",
            str(_CONFIG),
            "--meta",
            "none",
            "--overwrite",
            "--output-path",
            str(target),
        ]
        done = subprocess.run(  # noqa: S603 - the command is ours
            command, capture_output=True, text=True, check=False, cwd=folder
        )
    if done.returncode or "Warning" in done.stdout + done.stderr:
        raise RuntimeError(f"openapi-python-client: {done.stdout}{done.stderr}")


def differences(one: Path, other: Path) -> list[str]:
    """The files of two folders that are not alike."""
    names = {
        path.relative_to(folder)
        for folder in (one, other)
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    return sorted(
        str(name)
        for name in names
        if not (one / name).exists()
        or not (other / name).exists()
        or not filecmp.cmp(one / name, other / name, shallow=False)
    )


def main() -> int:
    """Entry point."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="compare, and change nothing")
    check = arguments.parse_args().check
    text = document()
    if not check:
        CLIENT.mkdir(parents=True, exist_ok=True)
        DOCUMENT.write_text(text)
        SCHEMA.write_text(schema_text())
        generate(CLIENT / PACKAGE, text)
        print(f"Written: {CLIENT / PACKAGE}")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / PACKAGE
        generate(fresh, text)
        differing = differences(CLIENT / PACKAGE, fresh)
    if DOCUMENT.read_text() != text:
        differing.append(DOCUMENT.name)
    if SCHEMA.read_text() != schema_text():
        differing.append(SCHEMA.name)
    for name in differing:
        print(f"not up to date: {name}", file=sys.stderr)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
