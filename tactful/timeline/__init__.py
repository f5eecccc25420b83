"""Pictures of the composer's work on a day axis, as SVG text: same input, same bytes."""

from tactful.timeline.ahead import outlook_drawing
from tactful.timeline.drawing import Band, Drawing, Look, Mark, Note, Row, Sign
from tactful.timeline.of_history import Scene, timeline
from tactful.timeline.svg import render

__all__ = [
    "Band",
    "Drawing",
    "Look",
    "Mark",
    "Note",
    "Row",
    "Scene",
    "Sign",
    "outlook_drawing",
    "render",
    "timeline",
]
