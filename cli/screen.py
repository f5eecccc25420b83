"""Where everything is printed: rich on a terminal, plain lines everywhere else."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

_PLAIN_EVERY_S = 5.0


class Screen:
    """Standard output, or standard error, as a person or a pipe wants it."""

    def __init__(self, *, error: bool = False, console: Console | None = None) -> None:
        self.console = console or Console(stderr=error, highlight=False, soft_wrap=True)

    @property
    def live(self) -> bool:
        """Whether a person is looking: then colours, tables and bars are drawn."""
        return self.console.is_terminal

    def say(self, text: str = "", style: str | None = None) -> None:
        """One line; `text` is printed as it is, brackets included."""
        self.console.print(text, style=style if self.live else None, markup=False, soft_wrap=True)

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """A table on a terminal; without one, the title and a line with aligned cells per row."""
        cells = [[str(cell) for cell in row] for row in rows]
        if self.live:
            self.console.print(table(title, columns, cells))
            return
        self.say(title)
        everything = [list(columns), *cells]
        widths = [max(len(row[i]) for row in everything) for i in range(len(columns))]
        for row in everything:
            line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.say(f"  {line.rstrip()}")

    @contextmanager
    def progress(self, what: str) -> Iterator[Callable[[float], None]]:
        """A bar that is told the part done, 0 to 1; without a terminal a line every 5 s."""
        if not self.live:
            yield self._plain_progress(what)
            return
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
        with Progress(*columns, TimeRemainingColumn(), console=self.console) as bar:
            task = bar.add_task(what, total=1.0)
            yield lambda part: bar.update(task, completed=part)

    def _plain_progress(self, what: str) -> Callable[[float], None]:
        last_s = time.monotonic()

        def tell(part: float) -> None:
            nonlocal last_s
            now_s = time.monotonic()
            if now_s - last_s >= _PLAIN_EVERY_S:
                last_s = now_s
                self.say(f"{what}: {part:.0%}")

        return tell


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A rich table with left-aligned first and right-aligned number columns."""
    cells = [list(row) for row in rows]
    drawn = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        header_style="dim",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    for number, column in enumerate(columns):
        numeric = bool(cells) and all(
            row[number].replace(",", "").replace(".", "").rstrip(" %ms").isdigit() for row in cells
        )
        drawn.add_column(column, justify="right" if numeric else "left")
    for row in cells:
        drawn.add_row(*row)
    return drawn
