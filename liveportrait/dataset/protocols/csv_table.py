"""Lists as CSV (RFC 4180, with `\n`), whose columns are the fields of a frozen dataclass."""

import csv
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

from liveportrait.media.pending_file import pending_file, write_error


def write_csv(rows: Iterable[Any], path: Path, *, row_type: type[Any]) -> int:
    """Write it, whole or not at all, and return how many rows it has; None is an empty cell."""
    names = [field.name for field in fields(row_type)]
    path.parent.mkdir(parents=True, exist_ok=True)
    pending = pending_file(path)
    num_rows = 0
    try:
        with pending.path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(names)
            for row in rows:
                writer.writerow([getattr(row, name) for name in names])
                num_rows += 1
        pending.commit()
    except OSError as error:
        raise write_error(path, error) from error
    finally:
        pending.discard()
    return num_rows
