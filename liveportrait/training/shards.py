"""Prepared training data: one safetensors file a clip, read frame by frame.

A shard holds `frames` (T, S, S, 3) uint8 RGB, `landmarks` (T, 478, 3) float32 in crop
coordinates (-1..1, z in the unit of x), `presence` (T,) 0..1, and as text where the clip
comes from: file, person, split, kind, origin, licence_as_stated. A still is a clip of one frame.
"""

import csv
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float
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


class ShardError(LivePortraitError):
    """A prepared clip is missing, damaged, or not what it should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One prepared clip: labels in memory, frames on disk."""

    path: Path
    labels: MotionLabels
    landmarks: Float[ndarray, "t 478 3"]
    frame_numbers: tuple[int, ...]
    """Which frames of the file the labels belong to."""
    origin: dict[str, str]
    """What the manifest says of the clip, by column name."""

    @property
    def num_frames(self) -> int:
        return len(self.frame_numbers)

    @property
    def knows_rest(self) -> bool:
        """Whether the clip is long enough to tell the person's rest from an expression."""
        return self.num_frames >= MIN_FRAMES_TO_TRUST

    def frame(self, index: int) -> FrameRGB:
        with safe_open(self.path, "numpy") as file:
            return file.get_slice("frames")[self.frame_numbers[index]]


def open_shard(path: Path, head: Float[ndarray, "m 3"]) -> Shard:
    """Read a clip's landmarks and label them; pictures stay on disk.

    Raises:
        ShardError: when the file is damaged or no frame of it is fit for use.
    """
    try:
        with safe_open(path, "numpy") as file:
            landmarks, presence = file.get_tensor("landmarks"), file.get_tensor("presence")
            origin = dict(file.metadata() or {})
    except (OSError, SafetensorError) as fault:
        raise ShardError(
            f"{path} is not a prepared clip ({fault}); remake it with `train prepare`"
        ) from fault
    fit = np.flatnonzero((presence >= MIN_PRESENCE) & np.isfinite(landmarks).all((1, 2)))
    if fit.size == 0:
        raise ShardError(f"{path} has no frame with a sure face (presence {MIN_PRESENCE} or more)")
    landmarks = landmarks[fit]
    return Shard(
        path=path,
        labels=label_clip(landmarks, head),
        landmarks=landmarks,
        frame_numbers=tuple(int(number) for number in fit),
        origin=origin,
    )


def open_shards(folder: Path, head: Float[ndarray, "m 3"]) -> tuple[Shard, ...]:
    """All clips of a folder that its preparation's table names, by name; without a table, all."""
    paths = _named_in_table(folder, sorted(folder.glob("*.safetensors")))
    if not paths:
        raise ShardError(
            f"expected prepared clips (*.safetensors) in {folder}, found none; make them with `train prepare`"
        )
    return tuple(open_shard(path, head) for path in paths)


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
