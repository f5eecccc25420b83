"""Columns of a log, CSV or Parquet, as the evaluation wants them: words, numbers, codes."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cli.records_in import InputError
from tactful.evaluation.estimate import Floats, Ints

_TRUTH = {"true": "1", "false": "0"}


def read_columns(path: Path, wanted: Iterable[str], option: str = "LOG") -> pd.DataFrame:
    """The wanted columns of a file, as they stand there.

    Raises:
        InputError: If the file can't be read or lacks a column.
    """
    names = list(dict.fromkeys(wanted))
    try:
        there = _names(path)
        for name in names:
            if name not in there:
                raise InputError(
                    f"{option}: {path}: found no column {name!r}, allowed: {', '.join(there)}"
                )
        if _is_parquet(path):
            return pd.read_parquet(path, columns=names)
        # As text, so that an action is called the same in two files; numbers are made later.
        return pd.read_csv(path, usecols=names, dtype=str, keep_default_na=False)[names]
    except (OSError, ValueError, pd.errors.ParserError) as error:
        if isinstance(error, InputError):
            raise
        what = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise InputError(f"{option}: {path}: found {what}") from None


def has_column(path: Path, name: str) -> bool:
    """Whether a file that can be read has this column."""
    try:
        return name in _names(path)
    except (OSError, ValueError):
        return False


def words(frame: pd.DataFrame, name: str) -> "pd.Series[str]":
    """A column as text.

    Raises:
        InputError: If a cell is empty.
    """
    column = frame[name]
    empty = int(column.isna().sum()) + int((column == "").sum())
    if empty:
        raise InputError(f"column {name}: found {empty} empty cells, allowed: a value in each row")
    return column.astype(str)


def numbers(frame: pd.DataFrame, name: str) -> Floats:
    """A column as numbers; true and false are 1 and 0, an empty cell is nan.

    Raises:
        InputError: If a cell is neither.
    """
    column: Any = frame[name]
    if column.dtype == object:
        text = column.astype(str).str.strip()
        text = text.where(~text.str.lower().isin(_TRUTH), text.str.lower().map(_TRUTH))
        column = pd.to_numeric(text.where(~text.str.lower().isin(_ABSENT)), errors="coerce")
        wrong = column.isna() & ~text.str.lower().isin(_ABSENT)
        if wrong.any():
            row = int(np.argmax(wrong.to_numpy()))
            raise InputError(
                f"column {name}: found {text.iloc[row]!r} in row {row + 1}, allowed: a number"
            )
    return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))


_ABSENT = ("", "nan", "none", "null", "na")


def codes(series: "pd.Series[str]", known: pd.Index) -> Ints:
    """Each word's place among the known; -1 for others."""
    return np.asarray(known.get_indexer(pd.Index(series)), dtype=np.int64)


def joined(frame: pd.DataFrame, names: Iterable[str]) -> "pd.Series[str]":
    """Several columns as one word per row."""
    parts = [words(frame, name) for name in names]
    whole = parts[0]
    for part in parts[1:]:
        whole = whole + "\x1f" + part
    return whole


def features(frame: pd.DataFrame, names: Iterable[str]) -> Floats:
    """(rows, features): columns of numbers as they are, others as a column per value.

    Raises:
        InputError: If a column of numbers has an empty cell.
    """
    found = []
    for name in names:
        try:
            values = numbers(frame, name)
        except InputError:
            found.append(pd.get_dummies(words(frame, name)).to_numpy(dtype=np.float64))
            continue
        if np.isnan(values).any():
            raise InputError(
                f"column {name}: found {int(np.isnan(values).sum())} empty cells, "
                "allowed in features: a value in each row"
            )
        found.append(values[:, None])
    return np.concatenate(found, axis=1)


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() in (".parquet", ".pq")


def _names(path: Path) -> list[str]:
    if _is_parquet(path):
        import pyarrow.parquet as pq

        return list(pq.read_schema(path).names)
    return [str(name) for name in pd.read_csv(path, nrows=0).columns]
