"""A log file read in batches of rows, CSV (plain or compressed) or Parquet, bounded in memory."""

import csv
import dataclasses
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from cli.loading.errors import LogError, MappingError
from cli.loading.expressions import LINE
from cli.loading.mapping import Source

Numbered = tuple[int, dict[str, Any]]
_BLOCK_BYTES = 1 << 20
_BATCH_ROWS = 8_192


@dataclasses.dataclass
class LogFile:
    """A log on disk.

    `bad_lines` collects the lines that have too many or too few columns, as (line, text).
    """

    path: Path
    source: Source
    bad_lines: list[tuple[int, str]] = dataclasses.field(default_factory=list)

    @property
    def is_parquet(self) -> bool:
        """Whether it is Parquet, by the mapping or else by its name."""
        if self.source.format is not None:
            return self.source.format == "parquet"
        return self.path.suffix.lower() in (".parquet", ".pq")

    def columns(self) -> list[str]:
        """The names of its columns, in order.

        Raises:
            LogError: If the file is not there or can't be read.
        """
        if self.is_parquet:
            with self._open_parquet() as parquet:
                return list(parquet.schema_arrow.names)
        if self.source.names is not None:
            return list(self.source.names)
        try:
            with (
                pa.input_stream(str(self.path), compression="detect") as raw,
                io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text,
            ):
                head = next(csv.reader(text, delimiter=self.source.delimiter), [])
        except (OSError, UnicodeDecodeError) as error:
            raise LogError(f"{self.path}: {error}") from None
        if not head:
            raise LogError(f"{self.path}: found an empty file, allowed: a header line and rows")
        return head

    def check(self, wanted: frozenset[str]) -> list[str]:
        """The wanted columns that the file has to give, without the line number.

        Raises:
            MappingError: If the file lacks one of them.
            LogError: If the file can't be read.
        """
        have = self.columns()
        for column in sorted(wanted - {LINE}):
            if column not in have:
                raise MappingError(f"column {column} of the mapping", None, ", ".join(have))
        return sorted(wanted - {LINE})

    def rows(
        self, wanted: frozenset[str], progress: Callable[[float], None] = lambda _part: None
    ) -> Iterator[Numbered]:
        """Each row as (line number, values by column); CSV values are texts, `""` if empty.

        Args:
            wanted: The columns to read.
            progress: Told the part of the file read so far, 0 to 1.

        Raises:
            MappingError: If the file lacks a wanted column.
            LogError: If the file can't be read.
        """
        columns = self.check(wanted)
        yield from (
            self._parquet(columns, progress) if self.is_parquet else self._csv(columns, progress)
        )

    def _open_parquet(self) -> Any:
        try:
            return pq.ParquetFile(str(self.path))
        except (OSError, pa.ArrowInvalid) as error:
            raise LogError(f"{self.path}: {error}") from None

    def _parquet(self, columns: list[str], progress: Callable[[float], None]) -> Iterator[Numbered]:
        number = 0
        with self._open_parquet() as parquet:
            total = max(parquet.metadata.num_rows, 1)
            for batch in parquet.iter_batches(batch_size=_BATCH_ROWS, columns=columns or None):
                for values in batch.to_pylist():
                    number += 1
                    values[LINE] = number
                    yield number, values
                progress(number / total)

    def _csv(self, columns: list[str], progress: Callable[[float], None]) -> Iterator[Numbered]:
        names = self.columns()
        bad: set[int] = set()

        def note(row: Any) -> str:
            # pyarrow counts the rows of the data; people count the lines of the file.
            bad.add(row.number)
            self.bad_lines.append((row.number, row.text))
            return "skip"

        total_bytes = max(self.path.stat().st_size, 1)
        try:
            with pa.OSFile(str(self.path), "rb") as disk:
                reader = pacsv.open_csv(
                    self._decompressed(disk),
                    read_options=pacsv.ReadOptions(
                        use_threads=False,
                        block_size=_BLOCK_BYTES,
                        column_names=list(names) if self.source.names else None,
                    ),
                    parse_options=pacsv.ParseOptions(
                        delimiter=self.source.delimiter,
                        newlines_in_values=True,
                        invalid_row_handler=note,
                    ),
                    convert_options=pacsv.ConvertOptions(
                        column_types=dict.fromkeys(names, pa.string()),
                        include_columns=columns or names[:1],
                        strings_can_be_null=False,
                    ),
                )
                line = 0 if self.source.names else 1
                for batch in reader:
                    data = batch.to_pydict()
                    keys = list(data)
                    for values in zip(*data.values(), strict=True):
                        line += 1
                        while line in bad:
                            line += 1
                        row = dict(zip(keys, values, strict=True))
                        row[LINE] = line
                        yield line, row
                    progress(min(disk.tell() / total_bytes, 1.0))
        except (pa.ArrowInvalid, pa.ArrowException, OSError) as error:
            raise LogError(f"{self.path}: {error}") from None

    def _decompressed(self, disk: Any) -> Any:
        suffix = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2", ".lz4": "lz4"}.get(
            self.path.suffix.lower()
        )
        return pa.CompressedInputStream(disk, suffix) if suffix else disk
