"""`tactful serve` runs the API; `tactful clients` keeps those who may call it."""

import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.screen import Screen

if TYPE_CHECKING:
    from api.auth.clients import Clients, NewClient
    from api.settings import ApiSettings
    from deploy.settings import Settings

API = "api"
"""The API's name among the stack's workers, where the topics have their usual prefix."""

clients_app = typer.Typer(
    name="clients", help="Those who may call the API: make, list, remove.", no_args_is_help=True
)


def register(main: typer.Typer) -> None:
    """Add the commands of this file."""
    main.command()(serve)
    main.add_typer(clients_app)


def serve(
    host: Annotated[
        str | None, typer.Option("--host", help="Where to listen; loopback if not given.")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", min=1, max=65535, help="Default: that of the stack.")
    ] = None,
    tls_certificate: Annotated[
        Path | None, typer.Option("--tls-certificate", help="PEM with the chain; TLS 1.3 only.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", help="PEM of its key.")] = None,
    background: Annotated[
        bool, typer.Option("--background", help="Run it beside the stack, until `tactful down`.")
    ] = False,
) -> None:
    """Serve the API and the pages, in the foreground, until interrupted.

    The first time, a client `admin` is made; its secret and its second factor are printed once and
    kept nowhere.

    For example:

    $ tactful serve

    $ tactful serve --host 0.0.0.0 --tls-certificate cert.pem --tls-key key.pem
    """
    from deploy.settings import Settings

    stack = Settings()
    given = {
        "host": host,
        "port": port,
        "tls_certificate": tls_certificate,
        "tls_key": tls_key,
    }
    settings = settings_of(stack, **{name: v for name, v in given.items() if v is not None})
    _tell_admin(settings, stack)
    url = f"{'https' if settings.tls_certificate else 'http'}://{settings.host}:{settings.port}"
    if background:
        name = ensure_api(stack, settings)
        print(f"The API runs on {url}; its log: `tactful logs {name}`.")
        return
    print(f"The API listens on {url} (OpenAPI: {url}/openapi.json). Ctrl-C ends it.")
    raise typer.Exit(run(stack, settings))


def settings_of(stack: "Settings", **given: object) -> "ApiSettings":
    """The API's settings, its port taken from the stack where it is not given."""
    from api.settings import ApiSettings

    found = ApiSettings(**given)  # type: ignore[arg-type]
    return found if found.port else found.model_copy(update={"port": stack.api_port})


def ensure_api(stack: "Settings", settings: "ApiSettings") -> str:
    """Start the API beside the stack, unless it runs; gives its name when it listens.

    Raises:
        StackError: it ended, or does not listen in time.
    """
    from cli.pipeline import named
    from deploy.local import processes
    from deploy.local.errors import StackError
    from deploy.local.stack import Stack

    name = named(API, stack)
    argv = [sys.executable, "-m", "cli.main", "serve", f"--host={settings.host}"]
    argv.append(f"--port={settings.port}")
    if settings.tls_certificate:
        argv += [f"--tls-certificate={settings.tls_certificate}", f"--tls-key={settings.tls_key}"]
    scheme = "https" if settings.tls_certificate else "http"
    record = Stack(stack).start_worker(
        name, tuple(argv), f"{scheme}://{settings.host}:{settings.port}"
    )
    end_s = time.monotonic() + stack.start_timeout_s
    while not _listens(settings.host, settings.port):
        alive = processes.alive(record)
        if not alive or time.monotonic() > end_s:
            raise StackError(
                f"The API {'does not listen yet' if alive else 'has ended'}.",
                f"Its log says more: `tactful logs {name}`.",
            )
        time.sleep(0.2)
    return name


def _listens(host: str, port: int) -> bool:
    # who listens on all addresses is asked at the nearest one
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - nothing is bound
    try:
        socket.create_connection((near, port), timeout=1).close()
    except OSError:
        return False
    return True


def run(stack: "Settings", settings: "ApiSettings") -> int:
    """Serve until a signal comes; gives the exit status."""
    import logging

    from api.running import Running
    from api.serving import server_of
    from cli.policy_preview import preview_with
    from jobs.program import start_log

    # the driver reports every attempt to reconnect; the breaker's state says enough
    start_log(cassandra=logging.ERROR)
    running = Running(stack, settings, {"preview": preview_with(stack)})
    server = server_of(running.app, settings)
    server.run()
    return 0 if server.started else 1


@clients_app.command()
def add(
    name: Annotated[str, typer.Argument(help="What to call it.")],
    role: Annotated[
        list[str],
        typer.Option(
            "--role", help="producer, provider, analyst, policy_admin, privacy_officer or admin."
        ),
    ],
    totp: Annotated[
        bool | None,
        typer.Option("--totp/--no-totp", help="A second factor; by default where roles need it."),
    ] = None,
) -> None:
    """Make a client, or give one a new secret; the secret is printed once and kept nowhere.

    For example:

    $ tactful clients add shop --role producer

    $ tactful clients add privacy --role privacy_officer --role analyst
    """
    from api.auth.scopes import Role

    try:
        roles = [Role(each) for each in role]
        made = _clients().add(name, roles, totp=totp)
    except ValueError as error:
        Screen(error=True).say(f"error: {error}", style="red")
        raise typer.Exit(2) from None
    _tell(made)


@clients_app.command("list")
def list_clients() -> None:
    """Show who may call the API."""
    rows = [
        (each.id, ", ".join(each.roles), "yes" if each.totp else "no") for each in _clients().all()
    ]
    Screen().table("clients", ("client", "roles", "second factor"), rows)


@clients_app.command()
def remove(name: Annotated[str, typer.Argument(help="Which client.")]) -> None:
    """Take a client's right away; tokens that it has end when they expire."""
    if not _clients().remove(name):
        Screen(error=True).say(f"There is no client {name!r}.", style="red")
        raise typer.Exit(1)
    print(f"{name} may not call the API any more.")


@clients_app.command("rotate-key")
def rotate_key() -> None:
    """Make a new key that tokens are signed with; those signed by the old one stay good."""
    from api.auth.keys import LocalKeys

    stack, settings = _settings()
    keep_s = settings.user_token_ttl_s + 600
    kid = LocalKeys(settings.secrets(stack) / "signing", keep_s).rotate()
    print(f"Tokens are signed with {kid} from now on.")


def _settings() -> "tuple[Settings, ApiSettings]":
    from deploy.settings import Settings

    stack = Settings()
    return stack, settings_of(stack)


def _clients() -> "Clients":
    from api.auth.clients import Clients

    stack, settings = _settings()
    return Clients(settings.secrets(stack) / "clients.json")


def _tell_admin(settings: "ApiSettings", stack: "Settings") -> None:
    from api.auth.clients import Clients

    made = Clients(settings.secrets(stack) / "clients.json").ensure_admin()
    if made is not None:
        _tell(made)


def _tell(made: "NewClient") -> None:
    """Print what is told once; plainly, so that nothing breaks a line."""
    print(f"client_id:     {made.id}")
    print(f"client_secret: {made.secret}")
    if made.totp_uri:
        print(f"second factor: {made.totp_uri}")
    print("This is shown once and kept nowhere: note it now.")
