"""The 68 points of the `face-alignment` package, for users who install it.

The package downloads its network's weights on first use, under terms of their own.
"""

import importlib
from typing import Any

import numpy as np

from liveportrait.arrays import FrameRGB, Landmarks
from liveportrait.errors import EngineUnavailableError
from liveportrait.face.protocol import Face


class FaceAlignment68:
    """A `LandmarkFinder` around the package's `FaceAlignment` object."""

    def __init__(self, face_alignment: Any) -> None:
        self._face_alignment = face_alignment

    def __call__(self, frame: FrameRGB, face: Face) -> Landmarks:
        box = face.bbox_xyxy.tolist()
        (landmarks,) = self._face_alignment.get_landmarks_from_image(frame, detected_faces=[box])
        return np.asarray(landmarks, np.float32)


def load_face_alignment_68(*, device: str = "cpu") -> FaceAlignment68:
    """Loads the package's 2D network. Faces are found by our own detector, so its detectors stay unused."""
    try:
        face_alignment = importlib.import_module("face_alignment")
    except ImportError:
        raise EngineUnavailableError(
            "These landmarks need the face-alignment package: pip install 'liveportrait[face-alignment]'."
        ) from None
    return FaceAlignment68(
        face_alignment.FaceAlignment(
            face_alignment.LandmarksType.TWO_D,
            device=device,
            flip_input=False,
            face_detector="folder",
            compile=False,
        )
    )
