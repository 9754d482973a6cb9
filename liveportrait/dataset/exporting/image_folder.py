"""Hugging Face's ImageFolder: pictures, and a `metadata.jsonl` in each split with a row a person.

`doc_file_name` and `live_file_names` become columns of images when `datasets` loads it:
`load_dataset("imagefolder", data_dir=...)`.
"""

import json
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from liveportrait.dataset.exporting.pictures import Formats, PersonPictures, Picture
from liveportrait.dataset.exporting.protocol import ExportContext


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFolderExport:
    """Export for Hugging Face's `datasets`: pictures and metadata.jsonl."""

    @property
    def formats(self) -> Formats:
        return Formats()

    def write(self, people: Iterable[PersonPictures], out: Path, context: ExportContext) -> None:
        with ExitStack() as stack:
            files: dict[str, IO[str]] = {}
            for pictures in people:
                split = context.split(pictures.person.identity_id)
                if split not in files:
                    (out / split).mkdir()
                    path = out / split / "metadata.jsonl"
                    files[split] = stack.enter_context(path.open("w", encoding="utf-8"))
                files[split].write(json.dumps(_row(pictures, out / split), ensure_ascii=False) + "\n")


def _row(pictures: PersonPictures, folder: Path) -> dict[str, object]:
    return {
        "doc_file_name": _write(pictures.document, folder),
        "live_file_names": [_write(picture, folder) for picture in pictures.live],
        **{name: value for name, value in pictures.facts.items() if name != "attributes"},
        # As text: a column of objects whose names differ from row to row has no type.
        "attributes": json.dumps(pictures.facts["attributes"], ensure_ascii=False),
        "images": json.dumps([picture.facts for picture in pictures.all], ensure_ascii=False),
    }


def _write(picture: Picture, folder: Path) -> str:
    """Two digits of the identity keep folders small."""
    planned = picture.record.planned
    name = f"{planned.identity_id[:2]}/{planned.image_id}.{picture.extension}"
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(picture.content)
    return name
