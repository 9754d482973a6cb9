"""Rows as nested dicts of plain values, whose names are the columns, and back."""

from collections.abc import Mapping
from dataclasses import MISSING
from typing import Any, TypeVar

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.schema.columns import Column, Kind, columns_of

Row = TypeVar("Row")


def to_record(row: Any) -> dict[str, Any]:
    """A row as plain values by column; inlined parts are columns of it, and null where the part is None."""
    return _to_record(type(row), row)


def from_record(row_type: type[Row], record: Mapping[str, Any]) -> Row:
    """The row of a record; columns that the class does not know are passed over.

    Raises:
        DatasetError: when a column without a default is missing, or null where that cannot be.
    """
    return _row(row_type, record, prefix="")


def _to_record(row_type: type, row: Any) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for column in columns_of(row_type):
        value = None if row is None else getattr(row, column.name)
        if column.prefix is None:
            record[column.name] = _plain(column.kind, value)
        else:
            part = _to_record(_inlined(column), value)
            record.update({column.prefix + name: inner for name, inner in part.items()})
    return record


def _plain(kind: Kind, value: Any) -> Any:
    if value is None:
        return None
    if kind.scalar is not None:
        return float(value) if kind.scalar is float else value
    if kind.items is not None:
        return [_plain(kind.items, item) for item in value]
    assert kind.row_type is not None
    return _to_record(kind.row_type, value)


def _row(row_type: type[Row], record: Mapping[str, Any], *, prefix: str) -> Row:
    values: dict[str, Any] = {}
    for column in columns_of(row_type):
        if column.prefix is not None:
            values[column.name] = _part(column, record, prefix=prefix + column.prefix)
        elif prefix + column.name in record:
            values[column.name] = _value(column, record[prefix + column.name])
        elif column.default is MISSING:
            raise DatasetError(f"{row_type.__name__}: the column {prefix + column.name!r} is missing.")
    return row_type(**values)


def _part(column: Column, record: Mapping[str, Any], *, prefix: str) -> Any:
    """An inlined part; None where it may be and none of its columns says anything."""
    part_type = _inlined(column)
    needed = [prefix + inner.name for inner in columns_of(part_type) if inner.default is MISSING]
    if column.kind.optional and all(record.get(name) is None for name in needed):
        return None
    return _row(part_type, record, prefix=prefix)


def _value(column: Column, plain: Any) -> Any:
    if plain is None and not column.kind.optional:
        if column.default is MISSING:
            raise DatasetError(f"The column {column.name!r} is null in a row where it must not be.")
        return column.default
    return _read(column.kind, plain)


def _read(kind: Kind, plain: Any) -> Any:
    if plain is None and kind.optional:
        return None
    if kind.items is not None and isinstance(plain, list):
        return tuple(_read(kind.items, item) for item in plain)
    if kind.row_type is not None and isinstance(plain, Mapping):
        return _row(kind.row_type, plain, prefix="")
    return _scalar(kind, plain)


def _scalar(kind: Kind, plain: Any) -> Any:
    if kind.scalar is float and type(plain) is int:
        return float(plain)
    if type(plain) is not kind.scalar:
        wanted = kind.scalar or kind.row_type or tuple
        raise DatasetError(f"Expected a value of type {wanted.__name__}, found {plain!r}.")
    return plain


def _inlined(column: Column) -> type:
    assert column.kind.row_type is not None
    return column.kind.row_type
