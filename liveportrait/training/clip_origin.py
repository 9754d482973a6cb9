"""Where a clip comes from and who may use it: a manifest says it, or it is marked unknown.

A manifest is a CSV file beside the media, one row a file, with the columns `file` (relative
to the manifest), `split` (train or val), and, where known, `person`, `kind`, `origin` and
`licence_as_stated`. Other columns are passed over.
"""

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from liveportrait.training.shards import ShardError

Split: TypeAlias = Literal["train", "val"]

UNKNOWN = "unknown"

MAX_MANIFEST_BYTES = 256 * 2**20
"""A million rows and more; a larger file is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipOrigin:
    """What is kept of a clip's past in every shard that is made of it."""

    file: str
    split: Split = "train"
    person: str = UNKNOWN
    kind: str = UNKNOWN
    origin: str = UNKNOWN
    licence_as_stated: str = UNKNOWN

    @property
    def is_known(self) -> bool:
        """Whether both the place it was taken from and its licence are stated."""
        return UNKNOWN not in (self.origin, self.licence_as_stated)

    def as_metadata(self) -> dict[str, str]:
        return asdict(self)


def read_clip_manifest(path: Path) -> dict[str, ClipOrigin]:
    """The rows of a manifest by file.

    Raises:
        ShardError: when it cannot be read, or has a person in both splits: a model is
            judged on people, not frames, that it has not seen.
    """
    origins = [_origin(row, path) for row in _rows(path)]
    by_file = {origin.file: origin for origin in origins}
    if len(by_file) < len(origins):
        raise ShardError(f"{path} names a file twice; keep one row a file")
    _check_people(origins, path)
    return by_file


def origin_of(name: str, manifest: Mapping[str, ClipOrigin]) -> ClipOrigin:
    """What is known of a file; without a row, nothing."""
    return manifest.get(name, ClipOrigin(file=name))


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        if path.stat().st_size > MAX_MANIFEST_BYTES:
            raise ShardError(f"{path} is larger than {MAX_MANIFEST_BYTES} bytes; expected a CSV of clips")
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restkey="", restval="")
            rows = [dict(row) for row in reader]
            columns = list(reader.fieldnames or ())
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise ShardError(f"{path} cannot be read as a manifest of clips: {fault}") from fault
    if "file" not in columns:
        raise ShardError(f"{path}: expected a CSV with a column `file`, found the columns {columns}")
    return rows


def _origin(row: Mapping[str, str], path: Path) -> ClipOrigin:
    known = {name: row.get(name, "").strip() or UNKNOWN for name in _TEXTS}
    if known["file"] == UNKNOWN:
        raise ShardError(f"{path} has a row without a file")
    split = row.get("split", "").strip() or "train"
    if split not in get_args(Split):
        raise ShardError(f"{path}: {known['file']} is in the split {split!r}; expected train or val")
    return ClipOrigin(**known, split="val" if split == "val" else "train")


_TEXTS = ("file", "person", "kind", "origin", "licence_as_stated")


def _check_people(origins: Sequence[ClipOrigin], path: Path) -> None:
    splits = defaultdict(set)
    for origin in origins:
        splits[origin.person].add(origin.split)
    mixed = sorted(person for person, found in splits.items() if person != UNKNOWN and len(found) > 1)
    if mixed:
        raise ShardError(f"{path} has people in both splits: {', '.join(mixed[:6])}; keep each in one")
