"""Landmarks that could be a face's, for tests that need no picture."""

import numpy as np

from liveportrait.arrays import Landmarks
from liveportrait.face.layouts import layout_of


def random_landmarks(
    num_points: int = 106,
    *,
    seed: int = 0,
    centre_xy: tuple[float, float] = (320.0, 240.0),
    size_px: float = 150.0,
) -> Landmarks:
    """An upright face: eyes over lips, the other points around them."""
    points = np.random.default_rng(seed).uniform(-0.5, 0.5, (num_points, 2))
    layout = layout_of(points.astype(np.float32))
    points[list(layout.first_eye)] = -0.2, -0.2
    points[list(layout.second_eye)] = 0.2, -0.2
    points[list(layout.lip)] = 0.0, 0.25
    return (points * size_px + centre_xy).astype(np.float32)
