"""A square of the frame, possibly turned: what a network sees of a face."""

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import cv2
import numpy as np
from jaxtyping import UInt8
from numpy import ndarray

from liveportrait.arrays import CropRGB, FrameRGB, Points, Transform
from liveportrait.geometry import apply_transform, inverse, pixel_bounds, similarity

Beyond: TypeAlias = Literal["black", "edge"]
"""What lies beyond the frame: nothing, or its outermost pixels again."""

_BORDERS = {"black": cv2.BORDER_CONSTANT, "edge": cv2.BORDER_REPLICATE}

UNIT_CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """Turned by `angle_rad`: what is tilted by that angle in the frame stands upright in the cut."""

    centre_xy: tuple[float, float]
    side_px: float
    angle_rad: float = 0.0

    def crop_from_frame(self, *, size_px: int) -> Transform:
        """To a picture of the square; its centre goes to (size / 2, size / 2), as the reference has it."""
        middle = size_px / 2
        return similarity(
            scale=size_px / self.side_px,
            angle_rad=-self.angle_rad,
            from_xy=self.centre_xy,
            to_xy=(middle, middle),
        )

    def frame_from_crop(self, *, size_px: int) -> Transform:
        return inverse(self.crop_from_frame(size_px=size_px))

    def corners(self) -> Points:
        """In the frame: top left, top right, bottom right, bottom left of the upright cut."""
        return apply_transform(self.frame_from_crop(size_px=1), UNIT_CORNERS)

    def shifted(self, *, right: float = 0.0, down: float = 0.0) -> "Square":
        """Moved along its own axes, by fractions of its side."""
        x_axis = np.array([np.cos(self.angle_rad), np.sin(self.angle_rad)])
        y_axis = np.array([-x_axis[1], x_axis[0]])
        centre = np.asarray(self.centre_xy) + self.side_px * (right * x_axis + down * y_axis)
        return replace(self, centre_xy=(float(centre[0]), float(centre[1])))

    def cut(self, frame: FrameRGB, *, size_px: int, beyond: Beyond = "black") -> CropRGB:
        """The square as a picture."""
        picture, crop_from_picture = frame, self.crop_from_frame(size_px=size_px)
        shrink_by = int(self.side_px / size_px)
        if shrink_by > 1:
            picture, picture_from_frame = self._shrunk(frame, shrink_by)
            crop_from_picture = crop_from_picture @ inverse(picture_from_frame)
        return cv2.warpAffine(
            picture,
            crop_from_picture[:2],
            (size_px, size_px),
            flags=cv2.INTER_LINEAR,
            borderMode=_BORDERS[beyond],
        )

    def _shrunk(self, frame: FrameRGB, by: int) -> tuple[UInt8[ndarray, "_ _ 3"], Transform]:
        """The square's part of the frame, averaged down: bilinear sampling would skip most of its pixels."""
        height, width = frame.shape[:2]
        rows, columns = pixel_bounds(self.corners(), size_wh=(width, height), margin_px=2 * by)
        part = frame[rows, columns]
        if part.size == 0:
            return np.zeros((1, 1, 3), np.uint8), np.eye(3)
        size_wh = max(1, part.shape[1] // by), max(1, part.shape[0] // by)
        scale = np.array([size_wh[0] / part.shape[1], size_wh[1] / part.shape[0]])
        smaller_from_frame = np.diag([*scale, 1.0])
        # Pixel centres: (index - start + 0.5) * scale - 0.5.
        smaller_from_frame[:2, 2] = (0.5 - np.array([columns.start, rows.start])) * scale - 0.5
        return cv2.resize(part, size_wh, interpolation=cv2.INTER_AREA), smaller_from_frame


def whole_frame(frame: FrameRGB, *, angle_rad: float = 0.0) -> Square:
    """The square around all of the frame."""
    height, width = frame.shape[:2]
    return Square(centre_xy=(width / 2, height / 2), side_px=float(max(height, width)), angle_rad=angle_rad)


def square_around(points: Points, *, angle_rad: float) -> Square:
    """The smallest square of that tilt whose sides the points touch, centred on them."""
    upright = similarity(scale=1.0, angle_rad=-angle_rad, from_xy=(0.0, 0.0), to_xy=(0.0, 0.0))
    turned = apply_transform(upright, points)
    low, high = turned.min(axis=0), turned.max(axis=0)
    centre = apply_transform(inverse(upright), (low + high)[None] / 2)[0]
    side = float((high - low).max())
    return Square(centre_xy=(float(centre[0]), float(centre[1])), side_px=side, angle_rad=angle_rad)
