"""`python -m schemas.add_id FILE ID SCHEMA`: note a schema registry's id in a registry file.

SCHEMA is the name of a record (`event`: the schema Tactful ships) or an .avsc file of your own. The
file is made when it is missing, and checked as a whole before it is written.
"""

import argparse
import os
from pathlib import Path
from tempfile import NamedTemporaryFile

import msgspec

from schemas.errors import RegistryError
from schemas.kinds import RECORD_TYPES
from schemas.registry import (
    SCHEMA_FOLDER,
    Entry,
    Registry,
    RegistryFile,
    read_entries,
    read_schema,
)


def add(file: Path, id_: int, schema: str) -> Entry:
    """Add one id to a registry file, or change what it stands for.

    Raises:
        RegistryError: the schema, the id or the file can't be used; the file stays as it was.
    """
    entries = {entry.id: entry for entry in read_entries(file)} if file.exists() else {}
    if schema in RECORD_TYPES:
        known = read_schema(SCHEMA_FOLDER / f"{schema}.avsc")
        entry = Entry(id_, known.fingerprint.hex())
    else:
        path = Path(schema).resolve()
        mark = read_schema(path).fingerprint.hex()
        entry = Entry(id_, mark, os.path.relpath(path, file.resolve().parent))
    entries[id_] = entry
    text = msgspec.json.format(msgspec.json.encode(RegistryFile(list(entries.values()))))
    # Checked under another name, then put in place at once: a job never reads half a file.
    with NamedTemporaryFile(dir=file.resolve().parent, delete=False) as draft:
        draft.write(text + b"\n")
    try:
        Path(draft.name).chmod(0o644)
        Registry.load(Path(draft.name))
        Path(draft.name).replace(file)
    except BaseException:
        Path(draft.name).unlink()
        raise
    return entry


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m schemas.add_id", description=__doc__)
    parser.add_argument("file", type=Path, help="the registry file, e.g. my-registry.json")
    parser.add_argument("id", type=int, help="the id in your schema registry")
    parser.add_argument("schema", help=f"an .avsc file, or one of {', '.join(RECORD_TYPES)}")
    options = parser.parse_args()
    try:
        entry = add(options.file, options.id, options.schema)
    except RegistryError as error:
        parser.exit(1, f"{error}\n")
    parser.exit(0, f"{options.file}: {entry.id} is {options.schema} ({entry.fingerprint})\n")


if __name__ == "__main__":
    main()
