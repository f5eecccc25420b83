"""What the stack's commands show: lines of progress, the table of parts, logs that grow."""

import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.status import Status
from rich.table import Table

if TYPE_CHECKING:
    from deploy.local.part import Part
    from deploy.local.stack import PartStatus

COLOURS = {"running": "green", "starting": "yellow", "crashed": "red", "stopped": "dim"}
POLL_S = 0.2


class Lines:
    """A line for each thing that is done, and on a terminal a spinner for what is being done."""

    def __init__(self, spinner: Status | None) -> None:
        self._spinner = spinner
        self._doing: dict[str, str] = {}
        self._lock = threading.Lock()

    def note(self, text: str) -> None:
        """Something worth a line of its own."""
        self._say(f"note: {text}")

    def working(self, name: str, doing: str) -> None:
        """A part has begun something that takes time."""
        with self._lock:
            self._doing[name] = doing
        if self._spinner is None:
            self._say(f"{doing} ...")
        self._show()

    def ready(self, part: "Part", seconds: float) -> None:
        """A part that was started answers."""
        self.ended(part.name)
        self._say(f"{part.title}: up after {seconds:.1f} s ({part.address})")

    def already(self, part: "Part") -> None:
        """A part was running before."""
        self.ended(part.name)

    def ended(self, name: str) -> None:
        """A part is gone, or has done what it was doing."""
        with self._lock:
            self._doing.pop(name, None)
        self._show()

    def _say(self, line: str) -> None:
        if self._spinner is None:
            sys.stdout.write(f"{line}\n")  # in one piece: several threads speak
            sys.stdout.flush()
        else:
            self._spinner.console.print(line, highlight=False, markup=False)

    def _show(self) -> None:
        if self._spinner is not None:
            with self._lock:
                self._spinner.update(", ".join(self._doing.values()) or "...")


@contextmanager
def shown_progress() -> Iterator[Lines]:
    """Progress with a spinner on a terminal, plain lines elsewhere."""
    console = Console()
    if not console.is_terminal:
        yield Lines(None)
        return
    with console.status("...") as spinner:
        yield Lines(spinner)


def status_table(parts: "Sequence[PartStatus]") -> None:
    """The parts as a table."""
    import psutil

    console = Console()
    table = Table(box=None, pad_edge=False)
    for heading in ("part", "state", "pid", "memory", "since", "address"):
        table.add_column(heading, overflow="fold")
    for part in parts:
        memory = since = ""
        if part.pid is not None:
            try:
                memory = f"{psutil.Process(part.pid).memory_info().rss // 2**20} MB"
            except psutil.Error:
                memory = ""
        if part.started_at_ms is not None:
            since = time.strftime("%H:%M:%S", time.localtime(part.started_at_ms / 1000))
        colour = COLOURS[part.state]
        table.add_row(
            part.name,
            f"[{colour}]{part.state}[/]",
            str(part.pid or ""),
            memory,
            since,
            part.address,
        )
    console.print(table)


def follow_logs(paths: Sequence[Path], *, lines: int, follow: bool, named: bool) -> None:
    """Print the last lines of logs, and with `follow` what is added, until interrupted."""
    for path in paths:
        text = path.read_text(errors="replace").splitlines() if path.exists() else []
        if named and text and lines:
            print(f"==> {path.name} <==")
        print("\n".join(text[-lines:] if lines else []), end="\n" if text and lines else "")
    positions = {path: path.stat().st_size for path in paths if path.exists()}
    while follow:
        for path, position in positions.items():
            size = path.stat().st_size if path.exists() else 0
            if size < position:  # a new file: the part was started again
                positions[path] = 0
            elif size > position:
                with path.open("rb") as file:
                    file.seek(position)
                    grown = file.read(size - position)
                head = f"{path.stem}: " if named else ""
                for line in grown.decode(errors="replace").splitlines():
                    sys.stdout.write(f"{head}{line}\n")
                sys.stdout.flush()
                positions[path] = size
        time.sleep(POLL_S)
