"""The folders of pages: where each area keeps its templates, its files and its texts."""

from pathlib import Path
from typing import Final

PAGES: Final = Path(__file__).resolve().parent.parent
BRAND: Final = "brand"
"""The area of an organisation's own folder (`TACTFUL_API_PAGES_DIR`)."""


def areas(own: Path | None = None) -> dict[str, Path]:
    """The folder of each area by name; the organisation's own comes last, so that it wins."""
    found = {
        each.name: each
        for each in sorted(PAGES.iterdir())
        if each.is_dir() and (each / "__init__.py").is_file()
    }
    return found if own is None else {**found, BRAND: own}
