"""The default face analyser: detector, then mesh landmarks, by Google's networks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Float32
from numpy import ndarray
from torch import Tensor

from liveportrait.arrays import BoxXYXY, FrameRGB, FramesRGB, Landmarks
from liveportrait.choices import check_choices
from liveportrait.face.anchors import Detections
from liveportrait.face.blendshapes import MESH_POINTS_READ
from liveportrait.face.boxes import checked_box, overlap
from liveportrait.face.cropping import CropConfig, face_square, face_tilt_rad
from liveportrait.face.detector import FaceDetector
from liveportrait.face.layouts import check_landmarks
from liveportrait.face.mesh_landmarks import SQUARE_MARGIN, MeshLandmarks
from liveportrait.face.protocol import Face
from liveportrait.face.search import SearchEffort, search_faces
from liveportrait.face.square import Square, square_around
from liveportrait.networks.face_landmark_network import NUM_POINTS

BlendshapeNetwork: TypeAlias = Callable[[Tensor], Tensor]

_SQUARE_OF_OTHER_LAYOUTS = CropConfig(scale=1.15 * SQUARE_MARGIN, shift_down=-0.1 / (1.15 * SQUARE_MARGIN))
"""A mesh has a forehead: 1.15 times as large as a face from brow to chin, and 0.1 higher (26 stills)."""

_SQUARE_OF_FIVE_POINTS = CropConfig(scale=2.4 * SQUARE_MARGIN, shift_down=0.0)
"""Eyes, nose and lips alone: a mesh is 2.4 times as large as what they span (13 stills)."""

_PARTS_OF_A_BOX = (1.0, 0.75, 0.55)
"""How much of a box that a user gives the face may take: some draw it around the head."""

_SAME_FACE_OVERLAP = 0.5
"""Intersection over union from which two results are one face."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceLandmarkerConfig:
    """How hard to look, and what to believe."""

    effort: SearchEffort = "careful"
    min_presence: float = 0.5
    """Least score of the landmark network for what the detector found, and for a tracked face."""

    def __post_init__(self) -> None:
        check_choices(self)


class FaceLandmarker:
    """Finds faces with 478 points each: 468 on the skin, then five on each iris."""

    def __init__(
        self,
        detector: FaceDetector,
        mesh_landmarks: MeshLandmarks,
        blendshape_network: BlendshapeNetwork,
        *,
        device: torch.device | str = "cpu",
        config: FaceLandmarkerConfig | None = None,
        let_go: Callable[[], None] | None = None,
    ) -> None:
        """`let_go` closes what runs the networks."""
        self._let_go = let_go
        self._detector = detector
        self._mesh_landmarks = mesh_landmarks
        self._blendshape_network = blendshape_network
        self._device = torch.device(device)
        self._config = config or FaceLandmarkerConfig()

    def detect(self, frame: FrameRGB) -> list[Face]:
        return self.detect_many([frame])[0]

    def detect_many(self, frames: FramesRGB) -> list[list[Face]]:
        """The faces of each frame, largest first. Frames may differ in size; the networks run in batches."""
        detections = search_faces(self._detector, frames, effort=self._config.effort)
        squares = [square for found in detections for square in _squares(found)]
        owners = [index for index, found in enumerate(detections) for _ in found.scores]
        their_frames = [frames[index] for index in owners]
        first_look = self._mesh_landmarks.locate(their_frames, squares)
        # The detector's box is coarse; a second look moves the points by 0.3 % of the face.
        second_look = self.refine_many(their_frames, [face.landmarks for face in first_look])
        faces: list[list[Face]] = [[] for _ in frames]
        for index, face in zip(owners, second_look, strict=True):
            if face is not None:
                faces[index].append(face)
        return [_distinct(found) for found in faces]

    def refine(self, frame: FrameRGB, landmarks: Landmarks) -> Face | None:
        return self.refine_many([frame], [landmarks])[0]

    def refine_many(self, frames: FramesRGB, landmarks: Sequence[Landmarks]) -> list[Face | None]:
        """`refine` for one face in each frame, in batches."""
        faces = self._mesh_landmarks.locate(frames, [_square_of(points) for points in landmarks])
        return [face if face.score >= self._config.min_presence else None for face in faces]

    def face_in_box(self, frame: FrameRGB, box_xyxy: BoxXYXY) -> Face:
        left, top, right, bottom = checked_box(box_xyxy).tolist()
        box = Square(
            centre_xy=((left + right) / 2, (top + bottom) / 2),
            side_px=max(right - left, bottom - top) * SQUARE_MARGIN,
        )
        squares = [replace(box, side_px=box.side_px * part) for part in _PARTS_OF_A_BOX]
        first_looks = self._mesh_landmarks.locate([frame] * len(squares), squares)
        best = max(first_looks, key=lambda face: face.score)
        return self.refine(frame, best.landmarks) or best

    def close(self) -> None:
        if self._let_go is not None:
            self._let_go()

    def blendshapes(self, faces: Sequence[Face]) -> Float32[ndarray, "n 52"]:
        """Expression coefficients of each face, 0..1, in the order of `BLENDSHAPE_NAMES`."""
        points = np.array([face.landmarks[MESH_POINTS_READ] for face in faces], np.float32)
        points = points.reshape(-1, len(MESH_POINTS_READ), 2)
        with torch.inference_mode():
            return self._blendshape_network(torch.from_numpy(points).to(self._device)).cpu().numpy()


def _distinct(faces: Sequence[Face]) -> list[Face]:
    """Largest first; of boxes apart that led to the same points, one."""
    distinct: list[Face] = []
    for face in sorted(faces, key=lambda face: -face.area_px):
        if all(overlap(face.bbox_xyxy, other.bbox_xyxy) < _SAME_FACE_OVERLAP for other in distinct):
            distinct.append(face)
    return distinct


def _squares(detections: Detections) -> list[Square]:
    return [
        Square(
            centre_xy=(float(centre[0]), float(centre[1])),
            side_px=float(side) * SQUARE_MARGIN,
            angle_rad=float(np.arctan2(*(points[1] - points[0])[::-1])),
        )
        for centre, side, points in zip(detections.centres, detections.sides, detections.points, strict=True)
    ]


def _square_of(landmarks: Landmarks) -> Square:
    """Where to look for the face that these points, of any layout, lie on."""
    check_landmarks(landmarks)
    if len(landmarks) == 5:
        return face_square(landmarks, config=_SQUARE_OF_FIVE_POINTS)
    if len(landmarks) != NUM_POINTS:
        return face_square(landmarks, config=_SQUARE_OF_OTHER_LAYOUTS)
    mesh = square_around(landmarks, angle_rad=face_tilt_rad(landmarks, by="eyes"))
    return replace(mesh, side_px=mesh.side_px * SQUARE_MARGIN)
