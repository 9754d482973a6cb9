"""The animated crop back into its frame, at the frame's own resolution, with soft borders.

The ramp of the mask is the reference's: 16 pixels wide on a 512 crop, with round corners.
"""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from liveportrait.arrays import Alpha, CropRGB, FrameRGB, Mask, Transform
from liveportrait.face.square import UNIT_CORNERS
from liveportrait.geometry import apply_transform, pixel_bounds

_RAMP = 16 / 512
"""Width of the soft border over the side of the crop."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PastePlace:
    """Where a crop goes in its frame; the same for every frame of a still source."""

    rows: slice
    columns: slice
    weights: Mask
    """How much of the crop is seen, over these rows and columns."""
    part_from_crop: Transform


def paste_place(
    frame_from_crop: Transform, *, crop_size_px: int, frame_size_wh: tuple[int, int]
) -> PastePlace:
    """Work out where in a frame of that size a square crop goes."""
    corners = apply_transform(frame_from_crop, UNIT_CORNERS * crop_size_px)
    rows, columns = pixel_bounds(corners, size_wh=frame_size_wh)
    part_from_crop = frame_from_crop.copy()
    part_from_crop[:2, 2] -= columns.start, rows.start
    size_wh = columns.stop - columns.start, rows.stop - rows.start
    weights = _warped(soft_square(crop_size_px), part_from_crop, size_wh) * np.float32(1 / 255)
    return PastePlace(rows=rows, columns=columns, weights=weights, part_from_crop=part_from_crop)


def paste_back(frame: FrameRGB, crop: CropRGB, place: PastePlace) -> FrameRGB:
    """A copy of the frame with the crop in its place; work is done on that part of it only.

    Rounded, where the reference truncates: at most one level lighter, in the soft border only.
    """
    pasted = frame.copy()
    part = pasted[place.rows, place.columns]
    if part.size:
        height, width = part.shape[:2]
        warped = _warped(crop, place.part_from_crop, (width, height))
        part[:] = cv2.blendLinear(warped, part, place.weights, 1 - place.weights)
    return pasted


@cache
def soft_square(size_px: int) -> Alpha:
    """The mask in crop pixels: 255 inside, 0 at the border; whole numbers, as the reference has it."""
    ramp = size_px * _RAMP
    index = np.arange(size_px)
    outside = np.maximum(np.maximum(ramp - index, index - (size_px - ramp)), 0)
    distance = np.hypot(outside[:, None], outside[None, :])
    return np.floor(255 * np.clip(1 - distance / ramp, 0, 1)).astype(np.uint8)


def _warped(picture: np.ndarray, part_from_crop: Transform, size_wh: tuple[int, int]) -> np.ndarray:
    if 0 in size_wh:
        return np.zeros((size_wh[1], size_wh[0], *picture.shape[2:]), picture.dtype)
    return cv2.warpAffine(picture, part_from_crop[:2], size_wh, flags=cv2.INTER_LINEAR)
