"""Errors that a person can cure, as one line on standard error and exit code 1."""

import functools
from collections.abc import Callable
from typing import ParamSpec

import typer

from cli.broker import BrokerError
from cli.loading.errors import LogError, MappingError
from cli.records_in import InputError
from cli.screen import Screen

P = ParamSpec("P")


def reported(command: Callable[P, None]) -> Callable[P, None]:
    """The command, with its errors said in words and never as a traceback."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except (InputError, BrokerError, MappingError, LogError) as error:
            Screen(error=True).say(f"error: {error}", style="red")
            raise typer.Exit(1) from None

    return run
