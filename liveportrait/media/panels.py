"""Several pictures as one, side by side: driving, source, result."""

from collections.abc import Sequence

import cv2
import numpy as np
from jaxtyping import UInt8
from numpy import ndarray

from liveportrait.arrays import FrameRGB


def side_by_side(panels: Sequence[UInt8[ndarray, "_ _ 3"]], *, height_px: int) -> FrameRGB:
    """The panels from left to right, each brought to one height with its proportions kept."""
    return np.concatenate([_with_height(panel, height_px) for panel in panels], axis=1)


def _with_height(panel: FrameRGB, height_px: int) -> UInt8[ndarray, "height_px _ 3"]:
    height, width = panel.shape[:2]
    if height == height_px:
        return panel
    size_wh = (max(1, round(width * height_px / height)), height_px)
    shrinks = height_px < height
    return cv2.resize(panel, size_wh, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
