"""Faces drawn with known place and opening, and judges that read them back exactly.

The red of a pixel marks the face, its blue the opened mouth, its green the opened eyes; how many
pixels are marked tells the opening. So every metric has a picture whose number is known.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from safetensors.numpy import load_file

from liveportrait.arrays import BoxXYXY, FrameRGB, Landmarks
from liveportrait.checkpoints.bundled import bundled_weights_dir
from liveportrait.evaluation.judging import Judges
from liveportrait.face.protocol import Face
from liveportrait.judges.face_alignment import FivePoints
from liveportrait.judges.identity import Embeddings
from liveportrait.tensors import FeatureMap, ImageBatch

HEAD = load_file(bundled_weights_dir() / "face" / "canonical_face.safetensors")["vertices_cm"]
PX_PER_CM = 5.0
_MOUTH_WIDTH_PX = float(np.linalg.norm(HEAD[61, :2] - HEAD[291, :2])) * PX_PER_CM
_BOX_PX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnFace:
    """What a drawing shows."""

    x: int = 128
    y: int = 128
    mouth_px: int = 0
    eyes_px: int = 8
    background: int = 10

    def draw(self, *, size_px: int = 256) -> FrameRGB:
        frame = np.full((size_px, size_px, 3), self.background, np.uint8)
        cv2.ellipse(frame, (self.x, self.y), (36, 48), 0, 0, 360, (200, 0, 0), -1)
        # Columns of marked pixels: one column a pixel of opening.
        frame[self.y + 20 : self.y + 20 + _BOX_PX, self.x : self.x + self.mouth_px, 2] = 255
        frame[self.y - 20 : self.y - 20 + _BOX_PX, self.x : self.x + self.eyes_px, 1] = 255
        return frame

    def landmarks(self) -> Landmarks:
        """The head at rest with its lids and lips as far apart as drawn."""
        irises = np.repeat(HEAD[[159, 386], :2], 5, axis=0)
        points = np.concatenate([HEAD[:, :2], irises]) * PX_PER_CM + (self.x, self.y)
        for upper, lower, gap_px in (
            (13, 14, self.mouth_px),
            (159, 145, self.eyes_px),
            (386, 374, self.eyes_px),
        ):
            middle = (points[upper] + points[lower]) / 2
            half = np.array([0, gap_px / 2])
            points[upper], points[lower] = middle - half, middle + half
        return points.astype(np.float32)

    @property
    def lip_opening(self) -> float:
        return self.mouth_px / _MOUTH_WIDTH_PX


class DrawnFaceFinder:
    """A `FaceAnalyzer` for drawings; a picture with little red has no face."""

    def detect(self, frame: FrameRGB) -> list[Face]:
        rows, columns = np.nonzero(frame[..., 0] > 150)
        if len(rows) < 500:
            return []
        drawn = DrawnFace(
            x=round(columns.mean()),
            y=round(rows.mean()),
            mouth_px=round(int((frame[..., 2] > 150).sum()) / _BOX_PX),
            eyes_px=round(int((frame[..., 1] > 150).sum()) / _BOX_PX),
        )
        depth = np.concatenate([HEAD[:, 2], HEAD[[159] * 10, 2]]) * np.float32(PX_PER_CM)
        return [Face(landmarks=drawn.landmarks(), score=1.0, depth_px=depth.astype(np.float32))]

    def refine(self, frame: FrameRGB, landmarks: Landmarks) -> Face | None:
        return next(iter(self.detect(frame)), None)

    def close(self) -> None:
        """Nothing is held."""

    def face_in_box(self, frame: FrameRGB, box_xyxy: BoxXYXY) -> Face:
        return self.detect(frame)[0]


class Pixels:
    """A backbone whose only stage is the picture itself."""

    licence = "none needed"

    def __call__(self, image: ImageBatch) -> list[FeatureMap]:
        return [image]


class MeanColour:
    """An embedder that knows people by their mean colour."""

    licence = "none needed"

    def __call__(self, image: ImageBatch, points: FivePoints) -> Embeddings:
        return image.mean(dim=(2, 3))


def drawn_judges() -> Judges:
    return Judges(landmarker=DrawnFaceFinder(), head=HEAD, backbone=Pixels(), embedder=MeanColour())


def talking(num_frames: int = 8) -> list[DrawnFace]:
    """A clip: the mouth opens and shuts, the eyes shut once, the head moves to the right."""
    faces = [
        DrawnFace(x=120 + 2 * index, mouth_px=(0, 4, 9, 5)[index % 4], eyes_px=(8, 8, 6, 1)[index % 4])
        for index in range(num_frames)
    ]
    return [replace(faces[0], mouth_px=0), *faces[1:]]
