"""Files for the browser, by an address that holds their hash: kept for a year, never stale."""

import hashlib
import mimetypes
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.auth import Public
from api.pages.shared.areas import areas
from api.problems import not_found

router = APIRouter(include_in_schema=False)

_KINDS: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_URL: Final = re.compile(rb'url\("([\w./-]+)"\)')
_FOR_GOOD: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class File:
    """One file as it is sent."""

    content: bytes
    kind: str
    version: str


class StaticFiles:
    """All files of all areas, read once.

    Args:
        own: an organisation's folder, whose `static/` is the area `brand`.
    """

    def __init__(self, own: Path | None = None) -> None:
        found: dict[str, Path] = {}
        for area, folder in areas(own).items():
            top = folder / "static"
            for path in sorted(top.rglob("*")) if top.is_dir() else ():
                if path.is_file():
                    found[f"{area}/{path.relative_to(top).as_posix()}"] = path
        self._files: dict[str, File] = {}
        # Styles last: what they point to is known by then, and is named with its hash too.
        for name in sorted(found, key=lambda each: each.endswith(".css")):
            content = found[name].read_bytes()
            if name.endswith(".css"):
                content = _URL.sub(partial(self._pointed, name.rpartition("/")[0]), content)
            self._files[name] = _file(found[name], content)

    def _pointed(self, folder: str, match: re.Match[bytes]) -> bytes:
        return b'url("' + self.url(f"{folder}/{match[1].decode()}").encode() + b'")'

    def get(self, name: str) -> File | None:
        """A file by `<area>/<path>`."""
        return self._files.get(name)

    def url(self, name: str) -> str:
        """Its address.

        Raises:
            KeyError: there is no such file.
        """
        return f"/static/{self._files[name].version}/{name}"

    def __contains__(self, name: str) -> bool:
        return name in self._files


def _file(path: Path, content: bytes) -> File:
    kind = _KINDS.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    version = hashlib.sha256(content).hexdigest()[:12]
    return File(content, kind or "application/octet-stream", version)


@router.get("/static/{version}/{name:path}")
async def get_static(
    request: Request,
    version: str,
    name: str,
    _all: Annotated[None, Depends(Public("The pages' styles and scripts hold nothing private."))],
) -> Response:
    """A file. Of another version too, as processes are renewed one by one; then it is not kept."""
    files: StaticFiles = request.app.state.pages.static
    found = files.get(name)
    if found is None:
        raise not_found("There is no such file.")
    kept = _FOR_GOOD if version == found.version else "no-cache"
    return Response(found.content, 200, {"Cache-Control": kept, "Content-Type": found.kind})
