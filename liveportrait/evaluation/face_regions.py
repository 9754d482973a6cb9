"""Which pixels are the face and which the background, from landmarks."""

import cv2
import numpy as np

from liveportrait.arrays import Landmarks, Mask
from liveportrait.face.cropping import CropConfig, face_square
from liveportrait.face.square import Square, square_around

_FACE = CropConfig(scale=1.0, shift_down=0.0, orientation="as_is")

_PERSON_HALF_WIDTH = 0.8
_PERSON_HALF_HEIGHT = 1.1
"""Of an ellipse around head and hair, in sizes of the face from brow to chin."""


def face_mask(landmarks: Landmarks, *, size_wh: tuple[int, int]) -> Mask:
    """1 inside the convex hull of the landmarks."""
    mask = np.zeros((size_wh[1], size_wh[0]), np.float32)
    hull = cv2.convexHull(np.round(landmarks).astype(np.int32))
    return cv2.fillConvexPoly(mask, hull, 1.0)


def background_mask(landmarks: Landmarks, *, size_wh: tuple[int, int]) -> Mask:
    """1 where certainly nothing of the person is: outside a wide ellipse and above the chin."""
    width, height = size_wh
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    face = face_square(landmarks, config=_FACE)
    across = (x - face.centre_xy[0]) / (face.side_px * _PERSON_HALF_WIDTH)
    down = (y - face.centre_xy[1]) / (face.side_px * _PERSON_HALF_HEIGHT)
    above_chin = y < landmarks[:, 1].max()
    return ((across**2 + down**2 > 1) & above_chin).astype(np.float32)


def around_face(landmarks: Landmarks, *, scale: float = 1.2) -> Square:
    """A square of the frame around all landmarks, for judges that look at the face alone."""
    square = square_around(landmarks, angle_rad=0.0)
    return Square(centre_xy=square.centre_xy, side_px=square.side_px * scale)
