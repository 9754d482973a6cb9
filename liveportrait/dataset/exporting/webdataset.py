"""WebDataset: tar files that are read from end to end, a sample a person.

A key goes up to the first dot, so `{id}.doc.png`, `{id}.live_0_e.jpg` and `{id}.json` are one sample.
"""

import io
import json
import tarfile
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.exporting.pictures import Formats, PersonPictures
from liveportrait.dataset.exporting.protocol import ExportContext


@dataclass(frozen=True, slots=True, kw_only=True)
class WebDatasetExport:
    """Export as tar shards for WebDataset."""

    shard_mb: int = 1000
    """A shard ends with the person who fills it."""
    shard_people: int = 10_000

    def __post_init__(self) -> None:
        if self.shard_mb < 1 or self.shard_people < 1:
            raise DatasetError("Expected shards of at least 1 MB and one person.")

    @property
    def formats(self) -> Formats:
        return Formats()

    def write(self, people: Iterable[PersonPictures], out: Path, context: ExportContext) -> None:
        with ExitStack() as stack:
            shards: dict[str, _Shards] = {}
            for pictures in people:
                split = context.split(pictures.person.identity_id)
                if split not in shards:
                    shards[split] = stack.enter_context(_Shards(out, split, self))
                shards[split].add(pictures, split)


class _Shards:
    """The shards of one split; one of them is open."""

    def __init__(self, out: Path, split: str, settings: WebDatasetExport) -> None:
        self._out, self._split, self._settings = out, split, settings
        self._number = self._num_people = self._num_bytes = 0
        self._tar: tarfile.TarFile | None = None

    def __enter__(self) -> "_Shards":
        return self

    def __exit__(self, *_: object) -> None:
        if self._tar is not None:
            self._tar.close()

    def add(self, pictures: PersonPictures, split: str) -> None:
        key = pictures.person.identity_id
        members = {f"{key}.{each.name}.{each.extension}": each.content for each in pictures.all}
        facts = {
            **pictures.facts,
            "split": split,
            "images": {each.name: each.facts for each in pictures.all},
        }
        members[f"{key}.json"] = json.dumps(facts, ensure_ascii=False).encode()
        tar = self._open()
        for name, content in members.items():
            # No times and owners: the same people give the same bytes.
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            tar.addfile(entry, io.BytesIO(content))
            self._num_bytes += len(content)
        self._num_people += 1

    def _open(self) -> tarfile.TarFile:
        is_full = (
            self._num_people >= self._settings.shard_people
            or self._num_bytes >= self._settings.shard_mb * 10**6
        )
        if self._tar is not None and is_full:
            self._tar.close()
            self._tar = None
            self._number, self._num_people, self._num_bytes = self._number + 1, 0, 0
        if self._tar is None:
            path = self._out / f"{self._split}-{self._number:06d}.tar"
            self._tar = tarfile.open(path, "x", format=tarfile.USTAR_FORMAT)  # noqa: SIM115 (closed with the shards)
        return self._tar
