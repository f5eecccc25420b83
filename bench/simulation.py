"""`python -m bench.simulation FOLDER`: keep a report of `tactful simulate`.

Its figures go to bench/results/, its pictures to docs/images/.
"""

import json
import shutil
import sys
from pathlib import Path

from bench.results import keep

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"


def main(folder: Path) -> str:
    """Copy figures and pictures; the name of the result comes back."""
    for picture in sorted(folder.glob("simulator-*.png")):
        shutil.copy(picture, IMAGES / picture.name)
    return keep("simulation", json.loads((folder / "summary.json").read_text()))


if __name__ == "__main__":
    print(f"Kept in bench/results/{main(Path(sys.argv[1]))}")
