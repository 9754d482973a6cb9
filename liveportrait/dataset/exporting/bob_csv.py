"""CSV protocols in the structure of bob.bio.base's `CSVDataset`, with the pictures beside them.

    protocols/{name}/{protocol}/norm/train_world.csv
    protocols/{name}/{protocol}/dev/for_models.csv, for_probes.csv     and the same in eval/

The first two columns are path and reference; older versions read them by place, newer ones by name.
"""

import csv
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from liveportrait.dataset.exporting.pictures import Formats, PersonPictures, Picture
from liveportrait.dataset.exporting.protocol import ONLY_SPLIT, ExportContext

HEAD = ("PATH", "REFERENCE_ID", "SUBJECT_ID", "TEMPLATE_ID", "GENDER", "AGE", "ORIGIN")
NAME, PROTOCOL = "liveportrait", "doc-live"

MODELS, PROBES, TRAINING = "for_models.csv", "for_probes.csv", "train_world.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class BobExport:
    """Export with CSV protocols for bob: documents are enrolled, live images are probes."""

    @property
    def formats(self) -> Formats:
        return Formats()

    def write(self, people: Iterable[PersonPictures], out: Path, context: ExportContext) -> None:
        with ExitStack() as stack:
            lists = _Lists(out / "protocols" / NAME / PROTOCOL, stack)
            for group in ("dev", "eval"):
                lists.open(f"{group}/{MODELS}")
                lists.open(f"{group}/{PROBES}")
            lists.open(f"norm/{TRAINING}")
            for pictures in people:
                # Without splits everybody is there to be compared.
                split = context.split(pictures.person.identity_id) if context.split_of else "validation"
                for picture in pictures.all:
                    row = _row(picture, pictures, _write(picture, out))
                    lists.add(_list_of(split, is_document=picture is pictures.document), row)


def _list_of(split: str, *, is_document: bool) -> str | None:
    if split == ONLY_SPLIT:
        return f"norm/{TRAINING}"
    group = {"validation": "dev", "test": "eval"}.get(split)
    return group and f"{group}/{MODELS if is_document else PROBES}"


def _row(picture: Picture, pictures: PersonPictures, path: str) -> list[str]:
    identity = pictures.person.identity
    name = identity.identity_id
    group = [identity.gender or "", identity.age or "", identity.origin or ""]
    return [path, name, name, picture.record.planned.image_id, *group]


def _write(picture: Picture, out: Path) -> str:
    planned = picture.record.planned
    name = f"data/{planned.identity_id[:2]}/{planned.image_id}.{picture.extension}"
    path = out / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture.content)
    return name


class _Lists:
    """CSV files that are written row by row."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder, self._stack = folder, stack
        self._writers: dict[str, Any] = {}

    def open(self, name: str) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        file = self._stack.enter_context(path.open("w", encoding="utf-8", newline=""))
        self._writers[name] = csv.writer(file, lineterminator="\n")
        self._writers[name].writerow(HEAD)

    def add(self, name: str | None, row: list[str]) -> None:
        """People of no split are on no list."""
        if name is not None:
            self._writers[name].writerow(row)
