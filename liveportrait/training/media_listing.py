"""Which files of some folders are clips and stills to prepare."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from liveportrait.training.clip_origin import ClipOrigin, origin_of, read_clip_manifest
from liveportrait.training.shards import ShardError

VIDEO_SUFFIXES = frozenset({".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v"})
STILL_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFile:
    """One file to prepare."""

    path: Path
    origin: ClipOrigin

    @property
    def name(self) -> str:
        """What its shards and its record are called: readable, and of no other file."""
        readable = "".join(letter if letter.isalnum() else "-" for letter in self.origin.file)[-60:]
        return f"{readable}-{hashlib.sha256(self.origin.file.encode()).hexdigest()[:8]}"


def list_clips(inputs: Sequence[Path], manifest: Path | None) -> tuple[ClipFile, ...]:
    """All clips and stills in `inputs` (folders, searched to their depths, or files), by name.

    With a manifest a file is called by its path from the manifest's folder, without one by
    its path from the parent of the input: the names by which shards tell their origin.
    """
    known = {} if manifest is None else read_clip_manifest(manifest)
    base = None if manifest is None else manifest.parent.resolve()
    found: dict[Path, ClipFile] = {}
    for given in inputs:
        for path in _media_in(given):
            found.setdefault(path, _clip_file(path, base or given.resolve().parent, known))
    if not found:
        raise ShardError(
            f"found no clip or still in {', '.join(map(str, inputs))}; expected files such as .mp4 or .jpg"
        )
    return tuple(sorted(found.values(), key=lambda clip: clip.origin.file))


def _media_in(given: Path) -> list[Path]:
    if not given.exists():
        raise ShardError(f"{given}: there is no such folder or file; check the path")
    paths = [given] if given.is_file() else sorted(given.rglob("*"))
    return [path.resolve() for path in paths if _is_media(path)]


def _is_media(path: Path) -> bool:
    return path.suffix.lower() in VIDEO_SUFFIXES | STILL_SUFFIXES and path.is_file()


def _clip_file(path: Path, base: Path, known: Mapping[str, ClipOrigin]) -> ClipFile:
    name = path.relative_to(base).as_posix() if path.is_relative_to(base) else path.as_posix()
    return ClipFile(path=path, origin=origin_of(name, known))
