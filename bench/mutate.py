"""`python -m bench.mutate`: which changes to the composer and its constraints no test notices.

Each mutant lives in a process forked for it, where the changed source is imported in the place of
the file: nothing is written into the tree. First come the tests of the file itself and some
histories of the reference, which notice most; then all tests of constraints and the composer, and
more histories.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import random
import resource
import signal
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import typer
from rich.console import Console

from bench.mutants import Mutant, mutant, places
from bench.results import keep

ROOT = Path(__file__).parent.parent
FOLDERS = ("constraints", "composer")
CPU_LIMIT_S = 180
"""A mutant that runs for so long is caught: its tests take a tenth of it."""

console = Console()
app = typer.Typer(add_completion=False, help=__doc__)


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module a source of its own."""

    def __init__(self, name: str, source: str, file: Path) -> None:
        self._name, self._source, self._file = name, source, file

    def find_spec(
        self, fullname: str, path: Any, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        del path, target
        if fullname != self._name:
            return None
        package = self._file.stem == "__init__"
        spec = importlib.util.spec_from_loader(
            fullname, self, origin=str(self._file), is_package=package
        )
        if package and spec is not None:
            spec.submodule_search_locations = [str(self._file.parent)]
        return spec

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = str(self._file)
        exec(compile(self._source, str(self._file), "exec"), module.__dict__)


@app.command()
def main(
    per_file: Annotated[int, typer.Option(help="mutants tried of each file, drawn by seed")] = 12,
    seed: Annotated[int, typer.Option(help="of the draw")] = 1,
    at_once: Annotated[int, typer.Option(help="processes side by side")] = 2,
    only: Annotated[str | None, typer.Option(help="files whose path contains this")] = None,
) -> None:
    """Try mutants, and tell which survive."""
    rng = random.Random(seed)
    drawn: list[tuple[Path, Mutant]] = []
    found: Counter[str] = Counter()
    for folder in FOLDERS:
        for file in sorted((ROOT / "tactful" / folder).glob("*.py")):
            name = str(file.relative_to(ROOT))
            if only and only not in name:
                continue
            source = file.read_text()
            every = places(source)
            found[name] = len(every)
            chosen = rng.sample(every, min(per_file, len(every)))
            drawn += [(file, mutant(source, each)) for each in chosen]
    console.print(f"{len(drawn)} of {sum(found.values())} mutants")
    _load_libraries()
    _check_unchanged()
    killed: dict[str, Counter[str]] = defaultdict(Counter)
    survivors: list[dict[str, Any]] = []
    started_s = time.monotonic()
    running: dict[int, tuple[Path, Mutant, int]] = {}
    waiting = [(file, each, 0 if _own_tests(file) else 1) for file, each in reversed(drawn)]
    done = 0
    while waiting or running:
        while waiting and len(running) < at_once:
            file, each, stage = waiting.pop()
            running[_start(file, each, stage)] = file, each, stage
        pid, status = os.wait()
        file, each, stage = running.pop(pid)
        name = str(file.relative_to(ROOT))
        ended = os.waitstatus_to_exitcode(status)
        if ended != 0:
            killed[name]["time" if ended == -signal.SIGXCPU else STAGES[stage]] += 1
        elif stage + 1 < len(STAGES):
            waiting.append((file, each, stage + 1))
            continue
        else:
            survivors.append({"file": name, "line": each.line, "change": each.change})
            console.print(f"  survived: {name}:{each.line}: {each.change}", markup=False)
        done += 1
        if done % 20 == 0:
            console.print(f"{done} of {len(drawn)}, {time.monotonic() - started_s:.0f} s")
    result = {
        "seed": seed,
        "mutants_found": dict(found),
        "tried": len(drawn),
        "killed_by": {name: dict(by) for name, by in sorted(killed.items())},
        "survivors": survivors,
    }
    console.print_json(json.dumps(result))
    by = sum(killed.values(), Counter[str]())
    console.print(f"{sum(by.values())} killed: {dict(by)}; {len(survivors)} survived")
    console.print(f"Kept in bench/results/{keep('mutation', result)}")


STAGES = ("own tests", "some histories", "tests of constraints and composer", "more histories")
HISTORIES = {1: range(100), 3: range(100, 600)}


def _own_tests(file: Path) -> list[str]:
    folder = ROOT / "tests" / "tactful" / file.parent.name
    return [str(each) for each in sorted(folder.glob(f"test_{file.stem}*.py"))]


def _ends(file: Path, stage: int) -> int:
    """The exit code of a stage: 0 where nothing is noticed."""
    if stage in HISTORIES:
        histories = importlib.import_module("reference.histories")
        shrinking = importlib.import_module("reference.shrinking")
        return int(any(shrinking.disagree(histories.history(n)) for n in HISTORIES[stage]))
    import pytest

    tests = ROOT / "tests" / "tactful"
    every = [str(tests / "constraints"), str(tests / "composer")]
    # Loaded before pytest could rewrite it, which it minds.
    loaded = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *loaded]
    return int(pytest.main([*options, *(_own_tests(file) if stage == 0 else every)]))


def _check_unchanged() -> None:
    """Where tests fail without any change, all mutants would look killed."""
    file = ROOT / "tactful" / "constraints" / "caps.py"
    for stage, name in enumerate(STAGES):
        pid = _start(file, Mutant(0, "none", file.read_text()), stage)
        if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != 0:
            raise RuntimeError(f"without any change there fail: {name}")


def _start(file: Path, mutant: Mutant, stage: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_LIMIT_S, CPU_LIMIT_S + 5))
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        sys.meta_path.insert(0, _Changed(name, mutant.source, file))
        code = _ends(file, stage)
    finally:
        os._exit(code)


def _load_libraries() -> None:
    """What every test needs and no mutant changes, loaded once for all processes."""
    libraries = ("pytest", "hypothesis", "msgspec", "numpy", "rule_engine", "holidays", "yaml")
    for name in (*libraries, "tactful.knowledge", "tactful.conditions", "tactful.records"):
        importlib.import_module(name)
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "laws")]
    # What wall clocks show takes longer to look up than a history to live through.
    policies = importlib.import_module("reference.policies")
    wall_clock = importlib.import_module("reference.wall_clock")
    for zone, changes in policies.CHANGES_MS.items():
        for change_ms in changes:
            wall_clock.local_minutes(zone, change_ms // 60_000 - 3 * 1440, 14 * 1440)
    changed = tuple(f"tactful.{folder}" for folder in FOLDERS)
    mine = [name for name in sys.modules if name.startswith(changed)]
    if mine:
        raise RuntimeError(f"loaded before its mutants: {', '.join(mine)}")


if __name__ == "__main__":
    app()
