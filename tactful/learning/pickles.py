"""Reads the pickles of River's measuring objects, and no other pickle.

A pickle may name any callable and call it. The learn job's state is Flink's, but the parts of an
unfinished simulation lie in a folder that somebody names, and it may be somebody else's. So only
the names that these objects need are looked up.
"""

import io
import pickle
from typing import Any

ALLOWED = frozenset(
    {
        ("collections", "deque"),
        ("numpy", "dtype"),
        ("numpy._core.numeric", "_frombuffer"),
        ("river.drift.adwin", "ADWIN"),
        ("river.drift.adwin_c", "AdaptiveWindowing"),
        ("river.drift.adwin_c", "Bucket"),
        ("river.drift.adwin_c", "__pyx_unpickle_AdaptiveWindowing"),
        ("river.drift.adwin_c", "__pyx_unpickle_Bucket"),
        ("river.metrics.efficient_rollingrocauc.efficient_rollingrocauc", "EfficientRollingROCAUC"),
        ("river.metrics.log_loss", "LogLoss"),
        ("river.metrics.rolling_roc_auc", "RollingROCAUC"),
        ("river.stats._rust_stats", "RsEWMean"),
        ("river.stats.ewmean", "EWMean"),
        ("river.stats.mean", "Mean"),
    }
)
"""Module and name of all that a pickle may refer to."""


class PickleError(ValueError):
    """A pickle that is not read: what was found, what is allowed."""


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ALLOWED:
            raise PickleError(
                f"pickle: found {module}.{name}, allowed: River's metrics, statistics and ADWIN"
            )
        return super().find_class(module, name)


def dumps(found: object) -> bytes:
    """The pickle of an object."""
    return pickle.dumps(found, protocol=5)


def loads(value: bytes, type_: type) -> Any:
    """The object of a pickle.

    Args:
        value: what `dumps` gave.
        type_: what the object must be.

    Raises:
        PickleError: it refers to something that is not allowed, is damaged, or is another object.
    """
    try:
        found = _Reader(io.BytesIO(value)).load()
    except PickleError:
        raise
    except Exception as error:  # a damaged pickle fails in any way
        raise PickleError(f"pickle: found damaged bytes ({error!r})") from error
    if type(found) is not type_:
        raise PickleError(f"pickle: found a {type(found).__name__}, allowed: {type_.__name__}")
    return found
