"""How far eyes and lips are open, and where the eyes look, from landmarks.

A ratio is height over width of the opening: 0 is closed. Eyes are in picture order, the
person's right eye first.
"""

import numpy as np
from jaxtyping import Float32
from numpy import ndarray

from liveportrait.arrays import Landmarks
from liveportrait.errors import SettingError
from liveportrait.face.layouts import Opening, layout_of

_EPSILON = 1e-6


def eye_open_ratios(landmarks: Landmarks) -> Float32[ndarray, "2"]:
    """Opening of the two eyes."""
    openings = layout_of(landmarks).eye_openings
    if openings is None:
        raise SettingError(_not_told(landmarks, "eyelids"))
    return np.array([_ratio(landmarks, opening) for opening in openings], np.float32)


def lip_open_ratio(landmarks: Landmarks) -> Float32[ndarray, "1"]:
    """Opening between the lips over the width of the mouth."""
    opening = layout_of(landmarks).lip_opening
    if opening is None:
        raise SettingError(_not_told(landmarks, "inner lips"))
    return np.array([_ratio(landmarks, opening)], np.float32)


def gaze_directions(landmarks: Landmarks) -> Float32[ndarray, "2 2"]:
    """Per eye (right, down): where the iris stands from the middle of the eye, in half widths of the eye.

    Along the line between the eye's corners and across it, so a tilted head changes nothing.
    """
    layout = layout_of(landmarks)
    if layout.irises is None or layout.eye_openings is None:
        raise SettingError(_not_told(landmarks, "irises"))
    pairs = zip(layout.irises, layout.eye_openings, strict=True)
    return np.array([_offset(landmarks, iris, eye) for iris, eye in pairs], np.float32)


def _ratio(landmarks: Landmarks, opening: Opening) -> float:
    height = np.linalg.norm(landmarks[opening.upper] - landmarks[opening.lower])
    width = np.linalg.norm(landmarks[opening.first_corner] - landmarks[opening.second_corner])
    return float(height / (width + _EPSILON))


def _offset(landmarks: Landmarks, iris: int, eye: Opening) -> tuple[float, float]:
    first, second = landmarks[eye.first_corner], landmarks[eye.second_corner]
    half_width = (second - first) / 2
    from_middle = landmarks[iris] - (first + second) / 2
    area = float(half_width @ half_width) + _EPSILON
    across = half_width[0] * from_middle[1] - half_width[1] * from_middle[0]
    return float(from_middle @ half_width) / area, float(across) / area


def _not_told(landmarks: Landmarks, what: str) -> str:
    return (
        f"Expected landmarks that tell the {what} (the 478 points of the default analyser do); "
        f"got {len(landmarks)} points."
    )
