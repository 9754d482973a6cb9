"""What is known of the people on documents: gender, age and origin, from a CSV file of the user's."""

import csv
import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from liveportrait.dataset.errors import DatasetError
from liveportrait.media.reading import check_readable

COLUMNS = ("gender", "age", "origin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Of one person; in the user's own words."""

    gender: str | None = None
    age: str | None = None
    origin: str | None = None


def read_labels(path: Path) -> dict[str, Labels]:
    """Labels by the document's path within its folder."""
    check_readable(path)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, strict=True)
            names = list(reader.fieldnames or [])
            rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{path}: expected a CSV file in UTF-8: {error}") from error
    if "file" not in names or not set(names) <= {"file", *COLUMNS} or len(set(names)) != len(names):
        raise DatasetError(
            f"{path}: expected the columns file and any of {', '.join(COLUMNS)}; found {names}."
        )
    labels: dict[str, Labels] = {}
    for number, row in enumerate(rows, start=2):
        file = row["file"]
        if None in row or None in row.values() or not file or file in labels:
            raise DatasetError(f"{path}, row {number}: expected {len(names)} cells and each file once.")
        labels[file] = Labels(
            **{column: row[column].strip() or None for column in COLUMNS if column in names}
        )
    return labels


def labels_sha256(labels: Mapping[str, Labels]) -> str:
    """Of all labels, in order of their files."""
    text = json.dumps({file: asdict(label) for file, label in labels.items()}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def check_labels(labels: Collection[str], files: Collection[str], path: Path) -> None:
    """Raise where a label belongs to no file: most likely a name is misspelt."""
    strange = sorted(set(labels) - set(files))
    if strange:
        more = f" and {len(strange) - 3} more" if len(strange) > 3 else ""
        raise DatasetError(f"{path}: no such documents: {', '.join(strange[:3])}{more}.")
