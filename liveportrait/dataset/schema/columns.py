"""The columns of a row class, read off its fields: what `rows`, `arrow_types` and `json_lines` all go by.

A field is a whole number, a number, a truth, a text (or a `Literal` of them), a time, another row class
(a struct), a tuple of any of these (a list), or one of these `| None`. A field whose metadata has
`inline` stands for the columns of its class, each with that prefix.
"""

import types
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

SCALARS = (bool, int, float, str, datetime)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What one value of a field is."""

    scalar: type | None = None
    """One of `SCALARS`, or None for a list or a struct."""
    row_type: type | None = None
    items: "Kind | None" = None
    """Of a list."""
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One field of a row class."""

    name: str
    kind: Kind
    prefix: str | None = None
    """Of the inlined columns; None where the field is one column."""
    default: Any = MISSING
    """For tables that were written before the field was there."""


@cache
def columns_of(row_type: type) -> tuple[Column, ...]:
    """The fields of a row class, in order."""
    hints = get_type_hints(row_type)
    return tuple(_column(part, kind_of(hints[part.name])) for part in fields(row_type))


@cache
def kind_of(hint: Any) -> Kind:
    """What a type says about values."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        (inner,) = (argument for argument in arguments if argument is not types.NoneType)
        kind = kind_of(inner)
        return Kind(scalar=kind.scalar, row_type=kind.row_type, items=kind.items, optional=True)
    if origin is Literal:
        (scalar,) = {type(argument) for argument in arguments}
        return Kind(scalar=scalar)
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return Kind(items=kind_of(arguments[0]))
    if hint in SCALARS:
        return Kind(scalar=hint)
    if isinstance(hint, type) and is_dataclass(hint):
        return Kind(row_type=hint)
    raise TypeError(f"{hint!r} has no place in a table")


def _column(part: "Field[Any]", kind: Kind) -> Column:
    return Column(name=part.name, kind=kind, prefix=part.metadata.get("inline"), default=part.default)
