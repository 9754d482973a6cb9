"""Rows as lines of JSON with the names of the table's columns, for ledgers that grow a row at a time."""

import json
from datetime import datetime
from typing import Any, TypeVar

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.schema.columns import columns_of
from liveportrait.dataset.schema.rows import from_record, to_record

Row = TypeVar("Row")


def to_json_line(row: Any) -> str:
    """One line of ASCII without its end; times in ISO 8601."""
    return json.dumps(to_record(row), default=_time_as_text, allow_nan=False)


def from_json_line(row_type: type[Row], line: str) -> Row:
    """The row of a line; raises `DatasetError` where it is none, as after a killed writer."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"Expected a JSON row of {row_type.__name__}: {error}") from error
    if not isinstance(record, dict):
        raise DatasetError(f"Expected a JSON object as a row of {row_type.__name__}, found {line[:80]!r}.")
    return from_record(row_type, record | _times(row_type, record))


def _times(row_type: type, record: dict[str, Any]) -> dict[str, Any]:
    """The columns that hold times, read; JSON has no such values."""
    names = [column.name for column in columns_of(row_type) if column.kind.scalar is datetime]
    try:
        return {name: datetime.fromisoformat(record[name]) for name in names if record.get(name) is not None}
    except (ValueError, TypeError) as error:
        raise DatasetError(f"Expected times in ISO 8601: {error}") from error


def _time_as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} has no place in JSON")
