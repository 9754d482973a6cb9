"""The default face analyser: detector and mesh landmarks in a row."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Float32
from numpy import ndarray
from torch import Tensor

from liveportrait.arrays import FrameRGB, Landmarks
from liveportrait.face.anchors import Detections
from liveportrait.face.blendshapes import MESH_POINTS_READ
from liveportrait.face.detector import FaceDetector
from liveportrait.face.mesh import LEFT_EYE_CORNERS, RIGHT_EYE_CORNERS
from liveportrait.face.mesh_landmarks import SQUARE_MARGIN, MeshLandmarks
from liveportrait.face.protocol import Face
from liveportrait.face.square import Square, square_around, tilt_rad, whole_frame

BlendshapeNetwork: TypeAlias = Callable[[Tensor], Tensor]


class FaceLandmarker:
    """Finds faces with 478 points each (see `face.mesh`)."""

    def __init__(
        self, detector: FaceDetector, mesh_landmarks: MeshLandmarks, blendshape_network: BlendshapeNetwork
    ) -> None:
        self._detector = detector
        self._mesh_landmarks = mesh_landmarks
        self._blendshape_network = blendshape_network

    def detect(self, frame: FrameRGB) -> list[Face]:
        return self.detect_many([frame])[0]

    def detect_many(self, frames: Sequence[FrameRGB]) -> list[list[Face]]:
        """The faces of each frame, largest first. Frames may differ in size; the networks run in batches."""
        detections = self._detector.detect(frames, [whole_frame(frame) for frame in frames])
        squares = [square for found in detections for square in _squares(found)]
        owners = [index for index, found in enumerate(detections) for _ in found.scores]
        faces: list[list[Face]] = [[] for _ in frames]
        located = self._mesh_landmarks.locate([frames[index] for index in owners], squares)
        for index, face in zip(owners, located, strict=True):
            if face is not None:
                faces[index].append(face)
        return [sorted(found, key=lambda face: -face.area_px) for found in faces]

    def refine(self, frame: FrameRGB, landmarks: Landmarks) -> Face | None:
        return self.refine_many([frame], [landmarks])[0]

    def refine_many(self, frames: Sequence[FrameRGB], landmarks: Sequence[Landmarks]) -> list[Face | None]:
        """`refine` for one face in each frame, in batches."""
        return self._mesh_landmarks.locate(frames, [_square_of_mesh(points) for points in landmarks])

    def blendshapes(self, faces: Sequence[Face]) -> Float32[ndarray, "n 52"]:
        """Expression coefficients of each face, 0..1, in the order of `BLENDSHAPE_NAMES`."""
        points = np.stack([face.landmarks[MESH_POINTS_READ] for face in faces])
        with torch.inference_mode():
            return self._blendshape_network(torch.from_numpy(points)).numpy()


def _squares(detections: Detections) -> list[Square]:
    return [
        Square(
            centre_xy=(float(centre[0]), float(centre[1])),
            side_px=float(side) * SQUARE_MARGIN,
            angle_rad=tilt_rad(points[0], points[1]),
        )
        for centre, side, points in zip(detections.centres, detections.sides, detections.points, strict=True)
    ]


def _square_of_mesh(landmarks: Landmarks) -> Square:
    right_eye, left_eye = landmarks[RIGHT_EYE_CORNERS[0]], landmarks[LEFT_EYE_CORNERS[0]]
    return square_around(landmarks, right_eye=right_eye, left_eye=left_eye, margin=SQUARE_MARGIN)
