"""A classical baseline: the source picture bent along a mesh of its landmarks, nothing learned."""

import cv2
import numpy as np
from scipy.interpolate import LinearNDInterpolator
from scipy.spatial import Delaunay

from liveportrait.arrays import FrameRGB, Landmarks, Points


def warp_landmarks(frame: FrameRGB, there: Landmarks, wanted: Landmarks) -> FrameRGB:
    """Piecewise affine: what lies at `there` comes to lie at `wanted`; the border of the frame stays.

    Triangles are Delaunay's over the wanted points, so that the result never folds; a source that
    would have to fold shows the same pixels twice.
    """
    height, width = frame.shape[:2]
    border = _border_points(width, height)
    from_xy, to_xy = np.concatenate([there, border]), np.concatenate([wanted, border])
    frame_from_result = LinearNDInterpolator(Delaunay(to_xy), from_xy)
    x, y = np.meshgrid(np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64))
    sampled = frame_from_result(x, y).astype(np.float32)
    return cv2.remap(
        frame, sampled[..., 0], sampled[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def moved_landmarks(source: Landmarks, driving: Landmarks, anchor: Landmarks) -> Landmarks:
    """The source's points moved as the driver's have since the anchor, in sizes of the face."""
    size, size_of_driver = (float(np.ptp(points, axis=0).max()) for points in (source, anchor))
    return source + (driving - anchor) * np.float32(size / max(size_of_driver, 1e-6))


def _border_points(width: int, height: int) -> Points:
    """Corners and middles of the sides, just outside, so that every pixel lies in a triangle."""
    x, y = np.meshgrid([-1.0, width / 2, float(width)], [-1.0, height / 2, float(height)])
    points = np.column_stack([x.ravel(), y.ravel()])
    return np.delete(points, 4, axis=0)
