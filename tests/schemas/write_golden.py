"""Writes the golden files of a version: its schemas, and records as they were written then.

`python tests/schemas/write_golden.py v2` after a release, once and for ever.
`python tests/schemas/write_golden.py v1 --unreleased` after a change to a version that nobody uses
yet: it also notes the new fingerprints under the ids in `schemas/registry.json`.
"""

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
sys.path[:0] = [str(HERE), str(HERE.parent.parent)]

from contract_examples import FULL, LEAST  # noqa: E402

from schemas import Framing, Registry, encode, encode_avro  # noqa: E402
from schemas.registry import BUILT_IN, SCHEMA_FOLDER, read_schema  # noqa: E402

FIRST_ID = 1_000_001


def write_registry() -> None:
    """Give the ids of the first version to the schemas as they are now."""
    lines = [
        f'    {{"id": {FIRST_ID + index}, "fingerprint": "{mark.fingerprint.hex()}"}}'
        for index, mark in enumerate(read_schema(SCHEMA_FOLDER / f"{name}.avsc") for name in FULL)
    ]
    BUILT_IN.write_text('{\n  "schemas": [\n' + ",\n".join(lines) + "\n  ]\n}\n")


def write(folder: Path) -> None:
    """Write the golden files of the schemas as they are now."""
    registry = Registry.load(BUILT_IN)
    folder.mkdir(parents=True, exist_ok=True)
    for name in FULL:
        (folder / f"{name}.avsc").write_bytes((SCHEMA_FOLDER / f"{name}.avsc").read_bytes())
        for label, record in (("full", FULL[name]), ("least", LEAST[name])):
            stem = f"{name}.{label}"
            (folder / f"{stem}.json").write_bytes(encode(record) + b"\n")
            for framing in Framing:
                value = encode_avro(record, framing, registry)
                (folder / f"{stem}.{framing}.avro").write_bytes(value)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("version", help="e.g. v2")
    parser.add_argument("--unreleased", action="store_true", help="replace what is there")
    options = parser.parse_args()
    folder = GOLDEN / options.version
    if options.unreleased:
        write_registry()
    elif folder.exists():
        parser.exit(1, f"{folder} exists: released golden files never change\n")
    write(folder)


if __name__ == "__main__":
    main()
