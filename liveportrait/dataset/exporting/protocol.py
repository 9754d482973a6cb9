"""What every export is: a folder that is filled person by person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from liveportrait.dataset.exporting.pictures import Formats, PersonPictures
from liveportrait.dataset.folder import DatasetFolder

ONLY_SPLIT = "train"
"""Where there are no splits: the name that loaders give to data without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportContext:
    """What is known beside the people themselves."""

    folder: DatasetFolder
    split_of: Mapping[str, str]
    """By identity; empty where the dataset has no splits."""

    def split(self, identity_id: str) -> str:
        """Of an identity; who is in no split belongs to none of the others' training sets."""
        return self.split_of.get(identity_id, "unassigned") if self.split_of else ONLY_SPLIT


@runtime_checkable
class Exporter(Protocol):
    """One layout."""

    @property
    def formats(self) -> Formats: ...

    def write(self, people: Iterable[PersonPictures], out: Path, context: ExportContext) -> None:
        """Fill the new folder `out`."""
        ...
