"""Where figures are kept."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "results"


def keep(kind: str, result: dict[str, Any]) -> str:
    """Write a result; its name, which starts with what was measured, comes back."""
    FOLDER.mkdir(exist_ok=True)
    name = f"{kind}-{datetime.now(UTC):%Y-%m-%d-%H%M%S}.json"
    (FOLDER / name).write_text(json.dumps(result, indent=2) + "\n")
    return name
