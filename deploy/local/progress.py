"""How the stack tells what it is doing; the command line shows it, tests leave it out."""

from typing import Protocol

from deploy.local.part import Part


class Progress(Protocol):
    """Told of each step; called from several threads."""

    def note(self, text: str) -> None:
        """Something worth a line of its own."""

    def working(self, name: str, doing: str) -> None:
        """A part has begun something that takes time."""

    def ready(self, part: Part, seconds: float) -> None:
        """A part that was started answers."""

    def already(self, part: Part) -> None:
        """A part was running before."""

    def ended(self, name: str) -> None:
        """A part is gone."""


class Quiet:
    """Tells nobody."""

    def note(self, text: str) -> None:
        """Say nothing."""

    def working(self, name: str, doing: str) -> None:
        """Say nothing."""

    def ready(self, part: Part, seconds: float) -> None:
        """Say nothing."""

    def already(self, part: Part) -> None:
        """Say nothing."""

    def ended(self, name: str) -> None:
        """Say nothing."""
