"""The measuring objects in a trainer's state: read back, and nothing run that is in their place."""

import io
import os
import pickle
from pathlib import Path
from typing import Any
from zlib import crc32

import msgspec
import pytest
from learning_kit import START_MS, population

from tactful.learning import Trainer, TrainerError
from tactful.learning.gauges import Gauges
from tactful.learning.pickles import ALLOWED

A_DOTTED_NAME = (
    b"\x80\x04\x8c\x1driver.metrics.rolling_roc_auc\x8c\x20RollingROCAUC.update.__globals__\x93."
)
"""`pickle` follows the dots: from a class that is allowed to all that its module has."""


def taught() -> Trainer:
    trainer = Trainer("engagement")
    trainer.learn(population(120))
    return trainer


def with_object(pickled: bytes) -> bytes:
    """A trainer's state, sound in all but its first measuring object."""
    state = taught().dumps()
    task, numbers = msgspec.msgpack.decode(state[7:])
    numbers["gauges"]["objects"][0] = pickled
    body = msgspec.msgpack.encode([task, numbers])
    return state[:3] + crc32(body).to_bytes(4, "little") + body


class Call:
    """Its pickle calls a function when it is read."""

    def __init__(self, function: Any, *given: object) -> None:
        self.call = function, given

    def __reduce__(self) -> Any:
        return self.call


def test_a_pickle_that_runs_a_command_is_refused_and_the_command_is_not_run(tmp_path: Path) -> None:
    proof = tmp_path / "ran"
    evil = pickle.dumps(Call(os.system, f"touch {proof}"))
    with pytest.raises(TrainerError, match=r"engagement: pickle: found posix\.system, allowed: "):
        Trainer.loads(with_object(evil))
    assert not proof.exists()
    pickle.loads(evil)
    assert proof.exists(), "it is a pickle that would have run it"


@pytest.mark.parametrize(
    ("pickled", "says"),
    [
        (pickle.dumps(Call(eval, "1")), r"found builtins\.eval"),
        (pickle.dumps(Call(getattr, "", "join")), r"found builtins\.getattr"),
        (A_DOTTED_NAME, r"found river\.metrics\.rolling_roc_auc\.RollingROCAUC\.update"),
        (pickle.dumps({}), "found a dict, allowed: RollingROCAUC"),
        (b"\x80\x05", "found damaged bytes"),
    ],
)
def test_what_is_no_such_object_is_refused(pickled: bytes, says: str) -> None:
    with pytest.raises(TrainerError, match=says):
        Trainer.loads(with_object(pickled))


def test_nothing_is_allowed_that_does_not_occur() -> None:
    found: set[tuple[str, str]] = set()

    class Noting(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            found.add((module, name))
            return super().find_class(module, name)

    gauges = Gauges()
    for place in range(500):
        gauges.update(place % 3 == 0, 0.3, START_MS)
    for pickled in gauges.numbers()["objects"]:
        Noting(io.BytesIO(pickled)).load()
    assert found == ALLOWED
