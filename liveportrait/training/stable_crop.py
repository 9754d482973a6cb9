"""One square for a whole stretch of frames, so that the head moves and the background stays."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32
from numpy import ndarray

from liveportrait.face.square import Square
from liveportrait.geometry import apply_transform
from liveportrait.training.face_segments import FaceSegment


@dataclass(frozen=True, slots=True, kw_only=True)
class StableCropConfig:
    """How large the square is, and what comes out of it."""

    size_px: int = 256
    union_scale: float = 1.35
    """Side over the larger side of the box in which the face moves."""
    face_scale: float = 1.9
    """Side over the size of the face, at least."""
    whole_share: float = 0.8
    """A square frame is kept whole when the square would take at least this much of its side."""


def stable_square(segment: FaceSegment, config: StableCropConfig) -> Square:
    """The square around all places of the face; it stays inside the frame where it fits."""
    points = segment.landmarks.reshape(-1, 2)
    low, high = points.min(axis=0), points.max(axis=0)
    side = max(config.union_scale * float((high - low).max()), config.face_scale * segment.face_px)
    width, height = segment.size_wh
    if width == height and side >= config.whole_share * width:
        return _whole(width, config.size_px)
    centre = [
        _inside(float(middle), side, length)
        for middle, length in zip((low + high) / 2, segment.size_wh, strict=True)
    ]
    return Square(centre_xy=(centre[0], centre[1]), side_px=side)


def crop_coordinates(segment: FaceSegment, square: Square, *, size_px: int) -> Float32[ndarray, "t n 3"]:
    """The landmarks as shards hold them: -1 is the left or top edge of the crop, z in the unit of x."""
    crop_from_frame = square.crop_from_frame(size_px=size_px)
    num_frames, num_points, _ = segment.landmarks.shape
    in_crop = apply_transform(crop_from_frame, segment.landmarks.reshape(-1, 2))
    plane = (2 * in_crop + 1) / size_px - 1
    depth = segment.depth_px * (2 / square.side_px)
    return np.concatenate([plane.reshape(num_frames, num_points, 2), depth[..., None]], axis=2).astype(
        np.float32
    )


def _whole(frame_px: int, size_px: int) -> Square:
    """The whole frame, so that pixel edges meet pixel edges; at its own size nothing is resampled."""
    centre = (frame_px - 1) / 2 + 0.5 * frame_px / size_px
    return Square(centre_xy=(centre, centre), side_px=float(frame_px))


def _inside(middle: float, side: float, length: int) -> float:
    if side >= length:
        return length / 2
    return min(max(middle, side / 2), length - side / 2)
