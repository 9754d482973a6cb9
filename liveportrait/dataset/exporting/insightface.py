"""Folders of identities as InsightFace's evaluation reads them: `{number}__{id}/gallery.png` and probes.

Its "auto split" takes the file with `gallery` in its name for the enrolled one: the document.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from liveportrait.dataset.exporting.pictures import Formats, PersonPictures
from liveportrait.dataset.exporting.protocol import ExportContext


@dataclass(frozen=True, slots=True, kw_only=True)
class InsightFaceExport:
    """Export as folders of identities for InsightFace's evaluation."""

    @property
    def formats(self) -> Formats:
        return Formats()

    def write(self, people: Iterable[PersonPictures], out: Path, context: ExportContext) -> None:
        for pictures in people:
            identity = pictures.person.identity
            folder = out / f"{identity.index:07d}__{identity.identity_id}"
            folder.mkdir()
            for picture in pictures.all:
                name = "gallery" if picture is pictures.document else picture.name
                (folder / f"{name}.{picture.extension}").write_bytes(picture.content)
