"""Which way up a video stands: phones store it lying and add a matrix that says how to turn it."""

import logging
from dataclasses import dataclass

import cv2
import numpy as np
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame
from numpy import ndarray

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Orientation:
    """A quarter turn with or without a mirror: rows and columns swapped first, then flips."""

    swaps_axes: bool = False
    flips_x: bool = False
    flips_y: bool = False

    @property
    def rotation_deg(self) -> int:
        """The clockwise turn; of a mirrored picture the turn alone."""
        if self.swaps_axes:
            return 270 if self.flips_y else 90
        return 180 if self.flips_y else 0

    def upright_size(self, size_wh: tuple[int, int]) -> tuple[int, int]:
        """Size after turning."""
        width, height = size_wh
        return (height, width) if self.swaps_axes else (width, height)

    def upright(self, picture: ndarray) -> ndarray:
        """The picture turned; the one given is left alone."""
        if self.swaps_axes:
            picture = cv2.transpose(picture)
        if self.flips_x or self.flips_y:
            picture = cv2.flip(picture, _FLIP_CODES[self.flips_x, self.flips_y])
        return picture


_FLIP_CODES = {(True, False): 1, (False, True): 0, (True, True): -1}


def orientation_of(frame: VideoFrame) -> Orientation:
    """From the display matrix of a decoded frame.

    The matrix [a b u; c d v; x y w] takes stored (p, q) to shown (a p + c q + x, b p + d q + y),
    y down, in fixed point (FFmpeg, libavutil/display.h). A slanted one is passed over.
    """
    side_data = frame.side_data.get(Type.DISPLAYMATRIX.name)
    if side_data is None:
        return Orientation()
    matrix = np.frombuffer(bytes(side_data), dtype=np.int32).astype(np.float64)
    (a, b), (c, d) = matrix[[0, 1]] / 65536, matrix[[3, 4]] / 65536
    if np.allclose([abs(a), abs(d), b, c], [1, 1, 0, 0], atol=0.01):
        return Orientation(flips_x=bool(a < 0), flips_y=bool(d < 0))
    if np.allclose([abs(b), abs(c), a, d], [1, 1, 0, 0], atol=0.01):
        return Orientation(swaps_axes=True, flips_x=bool(c < 0), flips_y=bool(b < 0))
    logger.warning("the video asks to be turned by no quarter turn; it is taken as it lies")
    return Orientation()
