"""How far the points of two faces are apart."""

import numpy as np

from liveportrait.arrays import Landmarks
from liveportrait.face.layouts import layout_of


def landmark_distance(found: Landmarks, true: Landmarks) -> float:
    """Mean distance of corresponding points, in distances between the true eyes."""
    return float(np.linalg.norm(found - true, axis=1).mean()) / eye_distance_px(true)


def eye_distance_px(landmarks: Landmarks) -> float:
    """Between the middles of the eyes."""
    layout = layout_of(landmarks)
    first = landmarks[list(layout.first_eye)].mean(axis=0)
    second = landmarks[list(layout.second_eye)].mean(axis=0)
    return float(np.linalg.norm(first - second))
