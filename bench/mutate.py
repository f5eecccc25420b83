"""`python -m bench.mutate`: which changes to the composer and its constraints no test notices.

Each mutant lives in a process forked for it, where the changed source is imported in the place of
the file: nothing is written into the tree. First come the tests of the file itself, then those of
all constraints and the composer, then 500 histories of the reference.
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

from bench.mutants import Mutant, mutants
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
        return importlib.util.spec_from_loader(fullname, self, origin=str(self._file))

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
            every = list(mutants(file.read_text()))
            found[name] = len(every)
            drawn += [(file, each) for each in rng.sample(every, min(per_file, len(every)))]
    console.print(f"{len(drawn)} of {sum(found.values())} mutants")
    _load_libraries()
    _check_unchanged()
    killed: dict[str, Counter[str]] = defaultdict(Counter)
    survivors: list[dict[str, Any]] = []
    started_s = time.monotonic()
    running: dict[int, tuple[Path, Mutant, int]] = {}
    waiting = [(file, mutant, 0) for file, mutant in reversed(drawn)]
    done = 0
    while waiting or running:
        while waiting and len(running) < at_once:
            file, mutant, stage = waiting.pop()
            running[_start(file, mutant, stage)] = file, mutant, stage
        pid, status = os.wait()
        file, mutant, stage = running.pop(pid)
        name = str(file.relative_to(ROOT))
        ended = os.waitstatus_to_exitcode(status)
        if ended != 0:
            killed[name]["time" if ended == -signal.SIGXCPU else STAGES[stage]] += 1
        elif stage + 1 < len(STAGES):
            waiting.append((file, mutant, stage + 1))
            continue
        else:
            survivors.append({"file": name, "line": mutant.line, "change": mutant.change})
            console.print(f"  survived: {name}:{mutant.line}: {mutant.change}")
        done += 1
        if done % 20 == 0:
            console.print(f"{done} of {len(drawn)}, {time.monotonic() - started_s:.0f} s")
    result = {
        "seed": seed,
        "mutants_found": dict(found),
        "tried": len(drawn),
        "killed_by": {name: dict(each) for name, each in sorted(killed.items())},
        "survivors": survivors,
    }
    console.print_json(json.dumps(result))
    by = sum(killed.values(), Counter[str]())
    console.print(f"{sum(by.values())} killed: {dict(by)}; {len(survivors)} survived")
    console.print(f"Kept in bench/results/{keep('mutation', result)}")


STAGES = ("its own tests", "tests of constraints and composer", "reference")


def _tests(file: Path, stage: int) -> list[str]:
    tests = ROOT / "tests" / "tactful"
    if stage == 0:
        folder = tests / file.parent.name
        own = sorted(folder.glob(f"test_{file.stem}*.py"))
        return [str(each) for each in own] or [str(folder)]
    if stage == 1:
        return [str(tests / "constraints"), str(tests / "composer")]
    laws = ROOT / "tests" / "laws" / "test_reference_agrees.py"
    return [f"{laws}::test_the_composer_and_the_reference_agree[0]"]


def _check_unchanged() -> None:
    """Where tests fail without any change, all mutants would look killed."""
    file = ROOT / "tactful" / "composer" / "compose.py"
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
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        sys.meta_path.insert(0, _Changed(name, mutant.source, file))
        import pytest

        # Loaded before pytest could rewrite it, which it minds.
        loaded = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
        options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *loaded]
        code = int(pytest.main([*options, *_tests(file, stage)]))
    finally:
        os._exit(code)


def _load_libraries() -> None:
    """What every test needs and no mutant changes, loaded once for all processes."""
    libraries = ("pytest", "hypothesis", "msgspec", "numpy", "rule_engine", "holidays", "yaml")
    for name in libraries:
        importlib.import_module(name)
    mine = [name for name in sys.modules if name.split(".")[0] == "tactful"]
    if mine:
        raise RuntimeError(f"loaded before its mutants: {', '.join(mine)}")


if __name__ == "__main__":
    app()
