"""Looking for faces where one look at the whole frame does not find them: small ones, turned ones."""

import math
from collections.abc import Iterator
from typing import Literal, TypeAlias

import numpy as np

from liveportrait.arrays import FrameRGB, FramesRGB
from liveportrait.face.anchors import Detections
from liveportrait.face.detector import FaceDetector
from liveportrait.face.square import Square, whole_frame

SearchEffort: TypeAlias = Literal["glance", "careful", "exhaustive"]
"""`glance`: the whole frame only, which sees upright faces of an eighth of its longer side and more.
`careful`: where that finds none for certain, also the frame turned by quarters, then tiles of it.
`exhaustive`: tiles always, so that small faces beside a large one are found."""

_TILES_ACROSS = (2, 4)
"""Side of the frame over side of a tile; the second finds faces of a thirtieth of the frame."""
_TILE_STEP = 0.6
"""Step over side of a tile: a face smaller than the overlap is whole in one of them."""
_MIN_TILE_PX = 64
_QUARTER_TURNS_RAD = (math.pi / 2, -math.pi / 2, math.pi)
_CERTAIN_SCORE = 0.8
"""Faces upside down score up to 0.78; the right way up nearly all reach it (205 stills: 0.84 and more)."""


def search_faces(detector: FaceDetector, frames: FramesRGB, *, effort: SearchEffort) -> list[Detections]:
    """The detections in each frame, in pixels of the frame."""
    seen = detector.detect(frames, [whole_frame(frame) for frame in frames])
    if effort == "glance":
        return seen
    return [_look_closer(detector, frame, found, effort) for frame, found in zip(frames, seen, strict=True)]


def tiles(frame: FrameRGB, *, angle_rad: float = 0.0) -> Iterator[Square]:
    """Overlapping squares that cover the frame, large ones first."""
    height, width = frame.shape[:2]
    for across in _TILES_ACROSS:
        side = max(height, width) / across
        if side < _MIN_TILE_PX:
            return
        for y in _starts(height, side):
            for x in _starts(width, side):
                yield Square(centre_xy=(x + side / 2, y + side / 2), side_px=side, angle_rad=angle_rad)


def _look_closer(
    detector: FaceDetector, frame: FrameRGB, upright: Detections, effort: SearchEffort
) -> Detections:
    angle, seen = 0.0, upright
    if not _is_certain(seen):
        angle, seen = _best_way_up(detector, frame, upright)
    if _is_certain(seen) and effort == "careful":
        return seen
    # Tiles stand as the frame does, unless another way up is certain.
    angle, whole = (angle, seen) if _is_certain(seen) else (0.0, upright)
    squares = list(tiles(frame, angle_rad=angle))
    tiled = detector.merged([whole, *detector.detect([frame] * len(squares), squares)])
    return max(tiled, seen, key=_best_score)


def _best_way_up(detector: FaceDetector, frame: FrameRGB, upright: Detections) -> tuple[float, Detections]:
    """One way up is right for the whole picture: faces are not collected over the turns."""
    squares = [whole_frame(frame, angle_rad=angle) for angle in _QUARTER_TURNS_RAD]
    turned = detector.detect([frame] * len(squares), squares)
    looks = [(0.0, upright), *zip(_QUARTER_TURNS_RAD, turned, strict=True)]
    return max(looks, key=lambda look: _best_score(look[1]))


def _is_certain(detections: Detections) -> bool:
    return _best_score(detections) >= _CERTAIN_SCORE


def _best_score(detections: Detections) -> float:
    return float(detections.scores.max(initial=0.0))


def _starts(length: int, side: float) -> list[float]:
    """Where tiles start along an axis, evenly from end to end; one longer than the axis is centred."""
    if side >= length:
        return [(length - side) / 2]
    count = math.ceil((length - side) / (side * _TILE_STEP)) + 1
    return np.linspace(0.0, length - side, count).tolist()
