"""Rows as Arrow arrays, a column at a time: the schema comes from the row class."""

from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from liveportrait.dataset.schema.columns import Column, Kind, columns_of
from liveportrait.errors import SettingError

if TYPE_CHECKING:
    import pyarrow as pa


def arrow() -> Any:
    """The pyarrow module; raises with what to install where it is not there."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError as error:
        raise SettingError(f"{error}; datasets need `pip install liveportrait[dataset]`") from error
    return pyarrow


def schema_of(row_type: type) -> "pa.Schema":
    """Names, types and what may be null."""
    return arrow().schema(_fields(row_type, prefix="", nullable=False))


def arrays_of(row_type: type, rows: Sequence[Any]) -> list["pa.Array"]:
    """One array for each column of the schema; rows may be None where their columns may be null."""
    arrays: list[pa.Array] = []
    for column in columns_of(row_type):
        values = [None if row is None else getattr(row, column.name) for row in rows]
        if column.prefix is not None:
            assert column.kind.row_type is not None
            arrays.extend(arrays_of(column.kind.row_type, values))
        else:
            arrays.append(_array(column.kind, values))
    return arrays


def _fields(row_type: type, *, prefix: str, nullable: bool) -> list["pa.Field"]:
    found: list[pa.Field] = []
    for column in columns_of(row_type):
        may_be_null = nullable or column.kind.optional
        if column.prefix is not None:
            assert column.kind.row_type is not None
            inner = prefix + column.prefix
            found.extend(_fields(column.kind.row_type, prefix=inner, nullable=may_be_null))
        else:
            found.append(_field(column, prefix, may_be_null))
    return found


def _field(column: Column, prefix: str, nullable: bool) -> "pa.Field":  # noqa: FBT001 (private)
    return arrow().field(prefix + column.name, _type(column.kind), nullable=nullable)


def _type(kind: Kind) -> Any:
    pa = arrow()
    if kind.items is not None:
        return pa.list_(_type(kind.items))
    if kind.row_type is not None:
        # Within a struct all may be null: Arrow stores nothing for the members of one that is.
        return pa.struct(_fields(kind.row_type, prefix="", nullable=True))
    scalars = {
        bool: pa.bool_(),
        int: pa.int64(),
        float: pa.float64(),
        str: pa.string(),
        datetime: pa.timestamp("us", tz="UTC"),
    }
    assert kind.scalar is not None
    return scalars[kind.scalar]


def _array(kind: Kind, values: Sequence[Any]) -> Any:
    pa = arrow()
    if kind.items is not None:
        offsets, total = [], 0
        for value in values:
            offsets.append(None if value is None else total)
            total += 0 if value is None else len(value)
        items = list(chain.from_iterable(value for value in values if value is not None))
        starts = pa.array([*offsets, total], type=pa.int32())
        return pa.ListArray.from_arrays(starts, _array(kind.items, items), type=_type(kind))
    if kind.row_type is not None:
        absent = pa.array([value is None for value in values], type=pa.bool_())
        members = list(_type(kind))
        return pa.StructArray.from_arrays(arrays_of(kind.row_type, values), fields=members, mask=absent)
    return pa.array(values, type=_type(kind))
