"""What a face does, measured on its landmarks: the signals that sliders are fitted to."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from liveportrait.face.blendshapes import BLENDSHAPE_NAMES
from liveportrait.face.face_landmarker import FaceLandmarker
from liveportrait.face.protocol import Face
from liveportrait.face.ratios import eye_open_ratios, gaze_directions, lip_open_ratio

MeshTrack = Float[ndarray, "t 478 3"]
"""Landmarks of a clip in crop coordinates: -1..1, z in the unit of x."""

Signals = Mapping[str, Float[ndarray, " t"]]

BLENDSHAPES_OF: Final[dict[str, dict[str, float]]] = {
    "smile": {"mouthSmileLeft": 0.5, "mouthSmileRight": 0.5},
    "brow": {
        "browInnerUp": 0.5,
        "browOuterUpLeft": 0.25,
        "browOuterUpRight": 0.25,
        "browDownLeft": -0.5,
        "browDownRight": -0.5,
    },
    "pout": {"mouthPucker": 1.0},
    "purse": {"mouthPressLeft": 0.5, "mouthPressRight": 0.5, "mouthRollLower": 0.5, "mouthRollUpper": 0.5},
    "grin": {
        "mouthUpperUpLeft": 0.25,
        "mouthUpperUpRight": 0.25,
        "mouthStretchLeft": 0.25,
        "mouthStretchRight": 0.25,
    },
}
"""Signals that are weighted sums of expression coefficients."""


def face_signals(track: MeshTrack, *, size_px: int, landmarker: FaceLandmarker) -> Signals:
    """All signals of a clip, by the names of `motion.movements.SIGNALS`."""
    faces = [_face(points, size_px) for points in track]
    eyes = np.stack([eye_open_ratios(face.landmarks) for face in faces])
    gaze = np.stack([gaze_directions(face.landmarks) for face in faces]).mean(axis=1)
    measured = {
        "first_eye_open": eyes[:, 0],
        "second_eye_open": eyes[:, 1],
        "lip_open": np.concatenate([lip_open_ratio(face.landmarks) for face in faces]),
        "gaze_x": gaze[:, 0],
        "gaze_y": -gaze[:, 1],
    }
    coefficients = landmarker.blendshapes(faces)
    return measured | {name: _weighted(coefficients, parts) for name, parts in BLENDSHAPES_OF.items()}


def _face(points: Float[ndarray, "478 3"], size_px: int) -> Face:
    """In pixels of the crop, whose left edge is -1 and whose first pixel's middle is 0."""
    pixels = ((points[:, :2] + 1) * size_px - 1) / 2
    depth_px = points[:, 2] * size_px / 2
    return Face(landmarks=pixels.astype(np.float32), score=1.0, depth_px=depth_px.astype(np.float32))


def _weighted(coefficients: Float[ndarray, "t 52"], parts: Mapping[str, float]) -> Float[ndarray, " t"]:
    return np.sum([coefficients[:, BLENDSHAPE_NAMES.index(name)] * share for name, share in parts.items()], 0)
