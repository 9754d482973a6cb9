"""Tables as Parquet files: written whole or not at all, read a batch at a time."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.schema.arrow_types import arrays_of, arrow, schema_of
from liveportrait.dataset.schema.rows import from_record
from liveportrait.media.pending_file import pending_file, write_error

Row = TypeVar("Row")
SCHEMA_VERSION = 1
GROUP_ROWS = 8192
"""Rows of one row group: what is in memory at once."""

_TABLE_KEY, _VERSION_KEY = b"liveportrait.table", b"liveportrait.schema_version"


def write_rows(rows: Iterable[Row], path: Path, *, row_type: type[Row]) -> int:
    """Write a table, in place of what is there, and return how many rows it has.

    The same rows give the same bytes with the same version of pyarrow.
    """
    pa = arrow()
    schema = schema_of(row_type).with_metadata(
        {_TABLE_KEY: row_type.__name__.encode(), _VERSION_KEY: str(SCHEMA_VERSION).encode()}
    )
    pending = pending_file(path)
    num_rows, left = 0, iter(rows)
    try:
        with pa.parquet.ParquetWriter(pending.path, schema, compression="zstd") as writer:
            while group := list(islice(left, GROUP_ROWS)):
                writer.write_batch(pa.record_batch(arrays_of(row_type, group), schema=schema))
                num_rows += len(group)
        pending.commit()
    except OSError as error:
        raise write_error(path, error) from error
    finally:
        pending.discard()
    return num_rows


def read_rows(path: Path, row_type: type[Row]) -> Iterator[Row]:
    """The rows of a table in their order; no more than a row group of them is in memory.

    Columns that the class does not know are passed over; those it has a default for may be missing.
    """
    with _opened(path, row_type) as file:
        for batch in file.iter_batches(batch_size=GROUP_ROWS):
            for record in batch.to_pylist():
                yield from_record(row_type, record)


def read_range(path: Path, row_type: type[Row], *, column: str, start: int, stop: int) -> list[Row]:
    """The rows whose whole number in `column` is in start..stop-1, as for one shard of a plan."""
    return _filtered(path, row_type, [(column, ">=", start), (column, "<", stop)])


def read_matching(path: Path, row_type: type[Row], *, column: str, values: Iterable[str]) -> list[Row]:
    """The rows with one of those texts in `column`, in the table's order."""
    return _filtered(path, row_type, [(column, "in", sorted(set(values)))])


def read_texts(path: Path, row_type: type[Any], *, column: str, where: tuple[str, str]) -> list[str]:
    """One column of texts, of the rows where another column has that value; no more is read."""
    with _opened(path, row_type), _in_words(path):
        table = arrow().parquet.read_table(
            path, columns=[column], filters=[(where[0], "=", where[1])], partitioning=None
        )
    return table[column].to_pylist()


def read_columns(path: Path, row_type: type[Any], *, columns: Sequence[str]) -> Any:
    """Some columns of all rows, as a table of Arrow's."""
    with _opened(path, row_type), _in_words(path):
        return arrow().parquet.read_table(path, columns=list(columns), partitioning=None)


def _filtered(path: Path, row_type: type[Row], filters: list[tuple[str, str, Any]]) -> list[Row]:
    """Row groups that cannot hold such a row are not read."""
    with _opened(path, row_type), _in_words(path):
        table = arrow().parquet.read_table(path, filters=filters, partitioning=None)
    return [from_record(row_type, record) for record in table.to_pylist()]


@contextmanager
def _opened(path: Path, row_type: type[Any]) -> Iterator[Any]:
    if not path.is_file():
        raise DatasetError(f"{path}: expected a table of {row_type.__name__} rows; there is no such file.")
    with _in_words(path), arrow().parquet.ParquetFile(path) as file:
        found = (file.schema_arrow.metadata or {}).get(_TABLE_KEY, b"").decode(errors="replace")
        if found != row_type.__name__:
            name = row_type.__name__
            raise DatasetError(f"{path}: expected a table of {name} rows, found {found or 'another make'}.")
        yield file


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, DatasetError) as error:  # pyarrow's ArrowInvalid is a ValueError
        raise DatasetError(f"{path}: {str(error).removeprefix(f'{path}: ')}") from error
