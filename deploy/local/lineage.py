"""From where a job goes on: the newest savepoint or checkpoint of its earlier runs on this stack.

A file per job's name lists its runs and savepoints, the oldest first; `down --wipe` deletes it
with the rest of the data.
"""

from pathlib import Path

import msgspec

from deploy.settings import Settings

FOLDER = "jobs"


class Run(msgspec.Struct, frozen=True, omit_defaults=True):
    """A run of a job, or a savepoint one ended at."""

    job_id: str
    savepoint: str | None = None


class Lineage:
    """The runs of one job.

    Args:
        settings: of the stack.
        name: the job's name on the cluster.
    """

    def __init__(self, settings: Settings, name: str) -> None:
        self._settings = settings
        self._path = settings.home / FOLDER / f"{name}.json"

    def add(self, run: Run) -> None:
        """Note a run or its savepoint."""
        runs = [*self._runs(), run]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_bytes(msgspec.json.encode(runs))

    def newest(self) -> str | None:
        """The newest whole savepoint or checkpoint, None if there is none."""
        found: list[Path] = []
        for run in self._runs():
            if run.savepoint is not None:
                found.append(Path(run.savepoint.removeprefix("file:")) / "_metadata")
            found.extend((self._settings.checkpoints / run.job_id).glob("chk-*/_metadata"))
        whole = [path for path in found if path.exists()]
        newest = max(whole, key=lambda path: path.stat().st_mtime_ns, default=None)
        return None if newest is None else str(newest.parent)

    def _runs(self) -> list[Run]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=list[Run])
        except FileNotFoundError:
            return []
