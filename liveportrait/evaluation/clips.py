"""Which clips are evaluated and which of their frames."""

import csv
import hashlib
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from liveportrait.arrays import CropRGB, FrameRGB
from liveportrait.errors import MediaError
from liveportrait.face.cropping import CropConfig, face_square
from liveportrait.face.protocol import FaceAnalyzer
from liveportrait.face.square import Square, whole_frame
from liveportrait.media.opening import open_source

FRAME_PX = 256
"""Side to which all frames are brought before they are scored, as in the paper."""

MANIFEST = "manifest.csv"
"""Beside the files, with at least the columns `file` and `split`."""

_VIDEOS = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".gif")
_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
_VIEW = CropConfig(scale=2.0, orientation="as_is")
"""What is cut out of frames that are not square."""


def find_clips(folder: Path, *, split: str = "val", most: int | None = None) -> list[Path]:
    """The videos of a folder, by its manifest if it has one; `most` takes some, evenly spread."""
    return _found(folder, _VIDEOS, split=split, most=most)


def find_pictures(folder: Path, *, split: str = "val", most: int | None = None) -> list[Path]:
    """The stills of a folder in the same way."""
    return _found(folder, _PICTURES, split=split, most=most)


def read_clip(path: Path, analyzer: FaceAnalyzer, *, most_frames: int | None = None) -> list[CropRGB]:
    """Square frames of one size, evenly spread over the clip, the first one always among them.

    Square clips are taken whole; of others one square around the first frame's face.

    Raises:
        MediaError: when the clip cannot be read or its first frame shows no face to cut out.
    """
    with open_source(path) as source:
        num_frames = sum(1 for _ in source)
        chosen = set(evenly(num_frames, most=most_frames))
        frames = [frame.image for frame in source if frame.index in chosen]
    square = _view_of(frames[0], analyzer, path)
    return [_staged(frame, square) for frame in frames]


def evenly(length: int, *, most: int | None) -> list[int]:
    """At most so many of `length` places, first and last among them."""
    count = length if most is None else min(most, length)
    return np.unique(np.linspace(0, length - 1, count).round().astype(int)).tolist() if count else []


def digest_of(files: Sequence[Path]) -> str:
    """One sha256 for a set of files: over their names and their own hashes, by name."""
    whole = hashlib.sha256()
    for path in sorted(files, key=lambda file: file.name):
        with path.open("rb") as file:
            whole.update(f"{path.name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()


def _found(folder: Path, suffixes: tuple[str, ...], *, split: str, most: int | None) -> list[Path]:
    paths = _listed(folder, split) if (folder / MANIFEST).is_file() else sorted(folder.glob("*"))
    fitting = [path for path in paths if path.suffix.lower() in suffixes]
    if not fitting:
        raise MediaError(
            f"{folder}: expected files of {', '.join(suffixes)}, or a {MANIFEST} that names some of the "
            f"split {split!r}; found none. Name another folder or split."
        )
    return [fitting[index] for index in evenly(len(fitting), most=most)]


def _listed(folder: Path, split: str) -> list[Path]:
    columns, rows = _rows(folder / MANIFEST)
    if not {"file", "split"} <= set(columns):
        raise MediaError(
            f"{folder / MANIFEST}: expected the columns file and split; got {', '.join(columns) or 'none'}."
        )
    paths = sorted(folder / row["file"] for row in rows if row["split"] == split)
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        raise MediaError(
            f"{folder / MANIFEST}: {len(missing)} of the {len(paths)} files of the split {split!r} are not "
            f"there ({', '.join(missing[:3])}); put them back, or take their rows out."
        )
    return paths


def _rows(manifest: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Its columns and rows; gaps are empty."""
    try:
        with manifest.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restkey="", restval="")
            return list(reader.fieldnames or ()), list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise MediaError(f"{manifest} cannot be read as a CSV of clips: {fault}.") from fault


def _view_of(first: FrameRGB, analyzer: FaceAnalyzer, path: Path) -> Square:
    if first.shape[0] == first.shape[1]:
        return whole_frame(first)
    faces = analyzer.detect(first)
    if not faces:
        raise MediaError(f"{path}: its first frame shows no face; cut the clip to where it does.")
    return face_square(faces[0].landmarks, config=_VIEW)


def _staged(frame: FrameRGB, square: Square) -> CropRGB:
    if frame.shape[:2] == (FRAME_PX, FRAME_PX):
        return frame
    if frame.shape[0] == frame.shape[1]:
        return cv2.resize(frame, (FRAME_PX, FRAME_PX), interpolation=cv2.INTER_AREA)
    return square.cut(frame, size_px=FRAME_PX)
