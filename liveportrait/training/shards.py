"""Prepared training data: one safetensors file a clip, read frame by frame.

A shard holds `frames` (T, S, S, 3) uint8 RGB, `landmarks` (T, 478, 3) float32 in crop
coordinates (-1..1, z in the unit of x), `presence` (T,) 0..1, and as text where the clip
comes from: file, person, split, kind, origin, licence_as_stated. A still is a clip of one frame.

In memory is an index, a kilobyte a clip, and the labels of the clips used last. The landmarks
and labels of all would take 290 MB for every hour of video, in every process.
"""

import csv
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TypeAlias

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file

from liveportrait.arrays import FrameRGB
from liveportrait.errors import LivePortraitError
from liveportrait.training.labels import UNIT_CM, MotionLabels, label_clip

logger = logging.getLogger(__name__)

TABLE = "clips.csv"
"""Beside the splits' folders: a row for every shard and every drop."""

MIN_PRESENCE = 0.7
"""Frames that the landmarker trusts less are left out."""

MIN_FRAMES_TO_TRUST = 12
"""Shorter clips cannot tell a person's rest from an expression."""

MAX_KEPT_CLIPS = 1024
"""Whose labels stay in memory, half a kilobyte a frame."""

_KEPT_OF_ORIGIN = ("person", "split", "kind", "origin", "licence_as_stated")


class ShardError(LivePortraitError):
    """A prepared clip is missing, damaged, or not what it should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipLabels:
    """What the landmarks of a clip say, of its frames that are fit for use."""

    frame_numbers: Int[ndarray, "t"]
    """Which frames of the file the labels belong to."""
    motion: MotionLabels


LabelReader: TypeAlias = Callable[[Path], ClipLabels]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One prepared clip: frames and landmarks on disk, labels made of them when they are asked for."""

    path: Path
    num_frames: int
    """Those that are fit for use."""
    size_px: int
    origin: Mapping[str, str]
    """What the manifest says of the clip, by column name; one object for all of which it says the same."""
    read_labels: LabelReader

    @property
    def knows_rest(self) -> bool:
        """Whether the clip is long enough to tell the person's rest from an expression."""
        return self.num_frames >= MIN_FRAMES_TO_TRUST

    @property
    def labels(self) -> MotionLabels:
        return self.read_labels(self.path).motion

    @property
    def landmarks(self) -> Float[ndarray, "t 478 3"]:
        """Read anew each time."""
        return _fit_landmarks(self.path)[1]

    def frame(self, index: int) -> FrameRGB:
        return self._row("frames", index)

    def frame_landmarks(self, index: int) -> Float[ndarray, "478 3"]:
        """Of one frame."""
        return self._row("landmarks", index)

    def _row(self, name: str, index: int) -> ndarray:
        number = int(self.read_labels(self.path).frame_numbers[index])
        with safe_open(self.path, "numpy") as file:
            return file.get_slice(name)[number]


def label_reader(head: Float[ndarray, "m 3"], *, max_kept: int = MAX_KEPT_CLIPS) -> LabelReader:
    """Labels clips with a head of reference and keeps those used last."""
    return lru_cache(max_kept)(partial(_label, head))


def open_shard(path: Path, head: Float[ndarray, "m 3"]) -> Shard:
    """Look at what a clip holds.

    Raises:
        ShardError: when the file is damaged or no frame of it is fit for use.
    """
    return _indexed(path, label_reader(head), {})


def open_shards(folder: Path, head: Float[ndarray, "m 3"]) -> tuple[Shard, ...]:
    """All clips of a folder that its preparation's table names, by name; without a table, all."""
    paths = _named_in_table(folder, sorted(folder.glob("*.safetensors"), key=lambda path: path.name))
    if not paths:
        raise ShardError(
            f"expected prepared clips (*.safetensors) in {folder}, found none; make them with `train prepare`"
        )
    read_labels, origins = label_reader(head), {}
    return tuple(_indexed(path, read_labels, origins) for path in paths)


def _indexed(
    path: Path, read_labels: LabelReader, origins: dict[tuple[str | None, ...], Mapping[str, str]]
) -> Shard:
    """`origins` are those of other clips."""
    try:
        with safe_open(path, "numpy") as file:
            presence = file.get_tensor("presence")
            shapes = [tuple(file.get_slice(name).get_shape()) for name in ("frames", "landmarks")]
            said = file.metadata() or {}
    except (OSError, SafetensorError) as fault:
        raise ShardError(
            f"{path} is not a prepared clip ({fault}); remake it with `train prepare`"
        ) from fault
    size_px = shapes[0][1] if len(shapes[0]) == 4 else 0
    if shapes != [(len(presence), size_px, size_px, 3), (len(presence), 478, 3)]:
        raise ShardError(
            f"{path} is not a prepared clip: expected frames (T, S, S, 3) and landmarks (T, 478, 3), T being "
            f"{len(presence)}, found {shapes[0]} and {shapes[1]}; remake it with `train prepare`"
        )
    fit = _fit(presence)
    if fit.size == 0:
        raise ShardError(f"{path} has no frame with a sure face (presence {MIN_PRESENCE} or more)")
    origin = {name: said[name] for name in _KEPT_OF_ORIGIN if name in said}
    return Shard(
        path=path,
        num_frames=fit.size,
        size_px=size_px,
        origin=origins.setdefault(tuple(map(said.get, _KEPT_OF_ORIGIN)), origin),
        read_labels=read_labels,
    )


def _label(head: Float[ndarray, "m 3"], path: Path) -> ClipLabels:
    frame_numbers, landmarks = _fit_landmarks(path)
    return ClipLabels(frame_numbers=frame_numbers, motion=label_clip(landmarks, head))


def _fit_landmarks(path: Path) -> tuple[Int[ndarray, "t"], Float[ndarray, "t 478 3"]]:
    """Numbers and landmarks of the frames that are fit for use."""
    with safe_open(path, "numpy") as file:
        fit = _fit(file.get_tensor("presence"))
        landmarks = file.get_tensor("landmarks")[fit]
    if not np.isfinite(landmarks).all():
        raise ShardError(f"{path}: landmarks of a sure face are no numbers; remake it with `train prepare`")
    return fit, landmarks


def _fit(presence: Float[ndarray, "t"]) -> Int[ndarray, "n"]:
    return np.flatnonzero(presence >= MIN_PRESENCE)


def _named_in_table(folder: Path, paths: Sequence[Path]) -> list[Path]:
    """Shards of files that were taken away, or withdrawn by who they show, are not learnt from."""
    table = folder.parent / TABLE
    if not table.is_file():
        return list(paths)
    named = _shards_of(table)
    passed_over = [path.name for path in paths if path.name not in named]
    if passed_over:
        logger.warning(
            "%s: %d shards are passed over, as %s names no file that they were made of (%s, ...); `train "
            "prepare` over all inputs lists those that are still there, the others can be deleted",
            folder,
            len(passed_over),
            table,
            passed_over[0],
        )
    return [path for path in paths if path.name in named]


def _shards_of(table: Path) -> frozenset[str]:
    try:
        with table.open(newline="", encoding="utf-8") as file:
            return frozenset(Path(row["shard"]).name for row in csv.DictReader(file) if row["shard"])
    except (OSError, UnicodeDecodeError, csv.Error, KeyError) as fault:
        raise ShardError(
            f"{table} is no table of prepared clips ({fault}); run `train prepare` again"
        ) from fault


def load_reference_head(path: Path) -> Float[ndarray, "m 3"]:
    """The reference head in canonical units; `weights/face/canonical_face.safetensors` has it."""
    return load_file(path)["vertices_cm"] / UNIT_CM
