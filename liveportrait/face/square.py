"""A square of the frame, possibly turned: what a face network looks at."""

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from jaxtyping import Float
from numpy import ndarray

from liveportrait.arrays import FrameRGB, Points, Transform
from liveportrait.geometry import apply_transform, inverse, similarity

Point: TypeAlias = Float[ndarray, "2"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """Turned by `angle_rad`, so that what is tilted by that angle in the frame stands upright in the cut."""

    centre_xy: tuple[float, float]
    side_px: float
    angle_rad: float = 0.0

    def crop_from_frame(self, *, size_px: int) -> Transform:
        """Takes the edges of the square to the edges of a `size_px` picture."""
        middle = (size_px - 1) / 2
        return similarity(
            scale=size_px / self.side_px,
            angle_rad=-self.angle_rad,
            from_xy=self.centre_xy,
            to_xy=(middle, middle),
        )

    def cut(self, frame: FrameRGB, *, size_px: int) -> FrameRGB:
        """The square as a picture; black where it leaves the frame."""
        crop_from_frame = self.crop_from_frame(size_px=size_px)
        shrink_by = int(self.side_px / size_px)
        if shrink_by >= 2:
            frame, smaller_from_frame = _shrunk(frame, shrink_by)
            crop_from_frame = crop_from_frame @ inverse(smaller_from_frame)
        return cv2.warpAffine(frame, crop_from_frame[:2], (size_px, size_px), flags=cv2.INTER_LINEAR)


def whole_frame(frame: FrameRGB, *, angle_rad: float = 0.0) -> Square:
    """The square around all of the frame."""
    height, width = frame.shape[:2]
    centre = (width - 1) / 2, (height - 1) / 2
    return Square(centre_xy=centre, side_px=float(max(height, width)), angle_rad=angle_rad)


def square_around(points: Points, *, right_eye: Point, left_eye: Point, margin: float) -> Square:
    """The upright square around points of a face, `margin` times their size; the eyes tell its tilt."""
    angle = tilt_rad(right_eye, left_eye)
    upright = similarity(scale=1.0, angle_rad=-angle, from_xy=(0.0, 0.0), to_xy=(0.0, 0.0))
    turned = apply_transform(upright, points)
    low, high = turned.min(axis=0), turned.max(axis=0)
    centre = apply_transform(inverse(upright), (low + high)[None] / 2)[0]
    return Square(
        centre_xy=(float(centre[0]), float(centre[1])),
        side_px=float((high - low).max()) * margin,
        angle_rad=angle,
    )


def tilt_rad(right_eye: Point, left_eye: Point) -> float:
    """Direction from the person's right eye to the left one; 0 is upright."""
    across = left_eye - right_eye
    return float(np.arctan2(across[1], across[0]))


def _shrunk(frame: FrameRGB, by: int) -> tuple[FrameRGB, Transform]:
    """Averaged down, because bilinear sampling of a large picture skips most of its pixels."""
    height, width = frame.shape[:2]
    size_wh = max(1, width // by), max(1, height // by)
    scale_x, scale_y = size_wh[0] / width, size_wh[1] / height
    smaller_from_frame = np.array(
        [[scale_x, 0, scale_x / 2 - 0.5], [0, scale_y, scale_y / 2 - 0.5], [0, 0, 1]], dtype=np.float64
    )
    return cv2.resize(frame, size_wh, interpolation=cv2.INTER_AREA), smaller_from_frame
