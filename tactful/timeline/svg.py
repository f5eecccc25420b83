"""Draws a `Drawing` as SVG text.

It is narrow enough for a phone, and stands on a card of its own, so that it reads alike on light
and dark pages.
"""

import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape

from tactful.local_time import DAY_MS, HOUR_MS, MINUTE_MS, local_ms
from tactful.timeline.drawing import Drawing, Look, Mark, Row, Sign

WIDTH = 480
_LEFT, _RIGHT = 14.0, WIDTH - 14.0
_LABEL, _BAR, _GAP = 17.0, 18.0, 7.0
_BADGE = 8.5
_CHAR = 6.5
"""About the width of a character of a band's label."""
_LEGEND_CHAR = 7.5
_MOST_LABEL = 56
_QUARTER_MS = 15 * MINUTE_MS
_MOST_TICKS = 13

_INK, _SOFT, _CARD, _LINE = "#1f2933", "#52606d", "#f7f8fa", "#cbd2d9"
_FILLS = {
    Look.QUIET: "#b6bfcc",
    Look.CAP: "#f3c178",
    Look.WISH: "#cdb8ec",
    Look.PAUSE: "#d4cfc4",
    Look.COLLECT: "#9fd3cf",
    Look.OTHER: "#e6b3c3",
    Look.OPEN: "#a8d8b0",
    Look.LIFE: "#c5dcf5",
}
_SIGNS = {
    Sign.ASKED: "#2f6fbf",
    Sign.EVENT: "#5b6472",
    Sign.HELD: "#a85f00",
    Sign.EARLIEST: "#1f2933",
    Sign.CHOSEN: "#1d7a3f",
    Sign.SENT: "#1d7a3f",
    Sign.SILENT: "#b3261e",
    Sign.EXPIRY: "#b3261e",
    Sign.NOW: "#2f6fbf",
}
_LEGEND = {
    Sign.EARLIEST: "earliest moment",
    Sign.CHOSEN: "chosen moment",
    Sign.EXPIRY: "expiry",
    Sign.NOW: "now",
}


_OPENING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
    'aria-labelledby="title desc" font-family="system-ui, sans-serif">'
)
_STYLE = (
    f"<style>text{{fill:{_INK}}}.h{{font-size:16px;font-weight:600}}"
    ".n{font-size:13.5px}.b{font-size:12px}"
    f".s{{font-size:13px;fill:{_SOFT}}}.w{{font-size:12px;font-weight:600;fill:#fff}}</style>"
)


def render(drawing: Drawing) -> str:
    """The picture as SVG, the same bytes for the same drawing."""
    pen = _Pen(drawing)
    pen.heading()
    pen.axis()
    for row in drawing.rows:
        pen.row(row)
    pen.legend()
    pen.notes()
    return pen.finish()


class _Pen:
    """Puts one piece below the other."""

    def __init__(self, drawing: Drawing) -> None:
        self._drawing = drawing
        self._y = 12.0
        self._axis_y = self._rows_bottom = 0.0
        self._parts: list[str] = []
        self._colours: dict[int, str] = {
            mark.number: _SIGNS[mark.sign]
            for row in drawing.rows
            for mark in row.marks
            if mark.number is not None
        }

    def heading(self) -> None:
        for line in textwrap.wrap(self._drawing.title, 50):
            self._y += 20
            self._text(_LEFT, self._y, line, "h")
        self._y += 26

    def axis(self) -> None:
        drawing = self._drawing
        for at_ms, text in _days(drawing):
            self._text(self._x(at_ms), self._y, text, "s")
        self._y += 17
        for at_ms, hour in _ticks(drawing):
            x = self._x(at_ms)
            anchor = "middle" if _LEFT + 9 < x < _RIGHT - 9 else "start" if x < WIDTH / 2 else "end"
            self._text(x, self._y, f"{hour:02}", "s", anchor)
        self._y += 6
        self._axis_y = self._y

    def row(self, row: Row) -> None:
        self._y += _LABEL
        self._rows_bottom = self._y + _BAR
        self._text(_LEFT, self._y - 4, _short(row.label), "s")
        self._rect(_LEFT, _RIGHT, "#e9ecf0")
        for band in row.bands:
            left = self._x(max(band.from_ms, self._drawing.from_ms))
            right = self._x(min(band.to_ms, self._drawing.to_ms))
            if right <= left:
                continue
            self._rect(left, right, _FILLS[band.look], _CARD)
            if right - left > _CHAR * len(band.label) + 6:
                self._text((left + right) / 2, self._y + 13, band.label, "b", "middle")
        self._marks(row.marks)
        self._y += _BAR + _GAP

    def legend(self) -> None:
        used = {mark.sign for row in self._drawing.rows for mark in row.marks if not mark.number}
        x = _LEFT + 6
        shown = [sign for sign in _LEGEND if sign in used]
        if not shown:
            return
        self._y += 10
        for sign in shown:
            self._shape(sign, x, self._y)
            self._text(x + 10, self._y + 5, _LEGEND[sign], "s")
            x += 34 + _LEGEND_CHAR * len(_LEGEND[sign])
        self._y += 18

    def notes(self) -> None:
        self._y += 4
        for note in self._drawing.notes:
            lines = textwrap.wrap(note.text, 58)
            self._badge(_LEFT + _BADGE, self._y + 10, note.number, self._colours[note.number])
            for line in lines:
                self._text(_LEFT + 25, self._y + 15, line, "n")
                self._y += 18
            self._y += 5

    def finish(self) -> str:
        drawing = self._drawing
        about = " ".join([drawing.about, *(f"{n.number}: {n.text}" for n in drawing.notes)])
        height = round(self._y + 8)
        grid = "".join(
            f'<path d="M{_n(self._x(at_ms))} {_n(self._axis_y)}V{_n(self._rows_bottom)}"/>'
            for at_ms, _ in _ticks(drawing)
        )
        lines = [
            _OPENING.format(width=WIDTH, height=height),
            f'<title id="title">{escape(drawing.title)}</title>',
            f'<desc id="desc">{escape(about)}</desc>',
            _STYLE,
            f'<rect width="{WIDTH}" height="{height}" rx="10" fill="{_CARD}" stroke="{_LINE}"/>',
            *self._parts,
            f'<g stroke="{_INK}" stroke-opacity=".13">{grid}</g>',
            "</svg>",
        ]
        return "\n".join(lines) + "\n"

    def _marks(self, marks: tuple[Mark, ...]) -> None:
        middle = self._y + _BAR / 2
        free_from = 0.0
        for mark in sorted(marks, key=lambda each: (each.at_ms, each.number or 0)):
            if not self._drawing.from_ms <= mark.at_ms <= self._drawing.to_ms:
                continue
            x = self._x(mark.at_ms)
            if mark.number is None:
                self._shape(mark.sign, x, middle)
                continue
            # Badges that would lie on each other stand side by side.
            x = min(max(x, free_from), _RIGHT - _BADGE)
            free_from = x + 2 * _BADGE + 1
            self._badge(x, middle, mark.number, _SIGNS[mark.sign])

    def _shape(self, sign: Sign, x: float, y: float) -> None:
        colour = _SIGNS[sign]
        if sign in {Sign.EXPIRY, Sign.NOW}:
            dash = ' stroke-dasharray="4 2"' if sign is Sign.EXPIRY else ""
            self._parts.append(
                f'<path d="M{_n(x)} {_n(y - 11)}V{_n(y + 11)}" stroke="{colour}" '
                f'stroke-width="2.5"{dash}/>'
            )
        elif sign is Sign.EARLIEST:
            self._parts.append(
                f'<path d="M{_n(x - 6)} {_n(y - 5)}h12l-6 11z" fill="{_CARD}" stroke="{colour}" '
                'stroke-width="1.6"/>'
            )
        else:
            self._parts.append(
                f'<path d="M{_n(x - 7)} {_n(y)}l7 -8l7 8l-7 8z" fill="{colour}" stroke="{_CARD}"/>'
            )

    def _badge(self, x: float, y: float, number: int, colour: str) -> None:
        self._parts.append(
            f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_BADGE}" fill="{colour}" stroke="{_CARD}"/>'
        )
        self._text(x, y + 4.3, str(number), "w", "middle")

    def _rect(self, left: float, right: float, fill: str, edge: str = "") -> None:
        self._parts.append(
            f'<rect x="{_n(left)}" y="{_n(self._y)}" width="{_n(right - left)}" '
            f'height="{_n(_BAR)}" fill="{fill}"' + (f' stroke="{edge}"/>' if edge else "/>")
        )

    def _text(self, x: float, y: float, text: str, style: str, anchor: str = "start") -> None:
        where = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self._parts.append(
            f'<text class="{style}" x="{_n(x)}" y="{_n(y)}"{where}>{escape(text)}</text>'
        )

    def _x(self, at_ms: int) -> float:
        drawing = self._drawing
        part = (at_ms - drawing.from_ms) / (drawing.to_ms - drawing.from_ms)
        return _LEFT + part * (_RIGHT - _LEFT)


def _short(label: str) -> str:
    return label if len(label) <= _MOST_LABEL else f"{label[: _MOST_LABEL - 1]}…"


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _ticks(drawing: Drawing) -> Iterator[tuple[int, int]]:
    """The moments that get an hour at the axis; a day of 23 or 25 hours shows what clocks do."""
    span = drawing.to_ms - drawing.from_ms
    step = next(hours for hours in (1, 2, 3, 6, 12, 24) if span <= hours * HOUR_MS * _MOST_TICKS)
    first = -(-drawing.from_ms // _QUARTER_MS) * _QUARTER_MS
    for at_ms in range(first, drawing.to_ms + 1, _QUARTER_MS):
        wall = local_ms(drawing.zone, at_ms)
        if wall % HOUR_MS == 0 and wall // HOUR_MS % 24 % step == 0:
            yield at_ms, wall // HOUR_MS % 24


def _days(drawing: Drawing) -> Iterator[tuple[int, str]]:
    day = None
    for at_ms in range(drawing.from_ms, drawing.to_ms - HOUR_MS, _QUARTER_MS):
        found = local_ms(drawing.zone, at_ms) // DAY_MS
        # A day that ends at once has no room for its name.
        soon = local_ms(drawing.zone, at_ms + 5 * HOUR_MS) // DAY_MS
        if found != day and (day is not None or soon == found):
            date = datetime.fromtimestamp(local_ms(drawing.zone, at_ms) // 1000, UTC)
            yield at_ms, f"{date:%a} {date.day} {date:%b}"
        day = found
