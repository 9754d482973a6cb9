"""Plane transforms and what they do to points.

A transform is a 3x3 matrix on column vectors (x, y, 1). Points are in pixels, and the
centre of the top left pixel is (0, 0), as OpenCV has it.
"""

import numpy as np

from liveportrait.arrays import Points, Transform


def similarity(
    *,
    scale: float,
    angle_rad: float,
    from_xy: tuple[float, float],
    to_xy: tuple[float, float],
) -> Transform:
    """Turn by `angle_rad` (from x to y, so clockwise on the screen), scale, and take `from_xy` to `to_xy`."""
    cosine, sine = scale * np.cos(angle_rad), scale * np.sin(angle_rad)
    linear = np.array([[cosine, -sine], [sine, cosine]])
    transform = np.eye(3)
    transform[:2, :2] = linear
    transform[:2, 2] = np.asarray(to_xy) - linear @ np.asarray(from_xy)
    return transform


def apply_transform(transform: Transform, points: Points) -> Points:
    """The points where the transform takes them; keeps their dtype."""
    moved = points @ transform[:2, :2].T + transform[:2, 2]
    return moved.astype(points.dtype)


def inverse(transform: Transform) -> Transform:
    """The transform that undoes this one."""
    return np.linalg.inv(transform)


def pixel_bounds(points: Points, *, size_wh: tuple[int, int], margin_px: int = 0) -> tuple[slice, slice]:
    """Rows and columns of a picture that hold the points; empty where they lie outside."""
    low = np.floor(points.min(axis=0)) - margin_px
    high = np.ceil(points.max(axis=0)) + 1 + margin_px
    (left, top), (right, bottom) = np.clip([low, high], 0, size_wh).astype(int)
    return slice(int(top), int(bottom)), slice(int(left), int(right))
