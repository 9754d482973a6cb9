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
_BOX_PX = 8


def _width_px(first: int, second: int) -> float:
    return float(np.linalg.norm(HEAD[first, :2] - HEAD[second, :2])) * PX_PER_CM


_MOUTH_WIDTH_PX = _width_px(61, 291)

_TOLD = {
    27: 168, 28: 6, 29: 195, 30: 4, 31: 98, 33: 2, 35: 327,  # nose
    36: 33, 38: 159, 39: 133, 40: 145, 42: 362, 43: 386, 45: 263, 47: 374,  # eyes
    48: 61, 54: 291, 62: 13, 66: 14,  # mouth
}  # fmt: skip
_MESH_OF_68 = [_TOLD.get(point, 152) for point in range(68)]
"""Where the 68 points lie in the mesh; those of which nothing is read lie on the chin."""


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

    @property
    def eye_opening(self) -> float:
        """Mean of the two eyes."""
        return self.eyes_px / 2 * (1 / _width_px(33, 133) + 1 / _width_px(362, 263))

    def points_68(self) -> Landmarks:
        """As the second landmarker sees the face: openings twice as wide, a degree of roll a pixel aside."""
        mesh = replace(self, mouth_px=2 * self.mouth_px, eyes_px=2 * self.eyes_px).landmarks()
        turn, centre = np.deg2rad(self.x - 90), np.array([self.x, self.y])
        tilt = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        return ((mesh[_MESH_OF_68] - centre) @ tilt + centre).astype(np.float32)


def read_drawing(frame: FrameRGB) -> DrawnFace | None:
    """What was drawn; a picture with little red shows no face."""
    rows, columns = np.nonzero(frame[..., 0] > 150)
    if len(rows) < 500:
        return None
    return DrawnFace(
        x=round(columns.mean()),
        y=round(rows.mean()),
        mouth_px=round(int((frame[..., 2] > 150).sum()) / _BOX_PX),
        eyes_px=round(int((frame[..., 1] > 150).sum()) / _BOX_PX),
    )


class DrawnFaceFinder:
    """A `FaceAnalyzer` for drawings."""

    def detect(self, frame: FrameRGB) -> list[Face]:
        drawn = read_drawing(frame)
        if drawn is None:
            return []
        depth = np.concatenate([HEAD[:, 2], HEAD[[159] * 10, 2]]) * np.float32(PX_PER_CM)
        return [Face(landmarks=drawn.landmarks(), score=1.0, depth_px=depth.astype(np.float32))]

    def refine(self, frame: FrameRGB, landmarks: Landmarks) -> Face | None:
        return next(iter(self.detect(frame)), None)

    def close(self) -> None:
        """Nothing is held."""

    def face_in_box(self, frame: FrameRGB, box_xyxy: BoxXYXY) -> Face:
        return self.detect(frame)[0]


def find_68_points(frame: FrameRGB, face: Face) -> Landmarks:
    """A `LandmarkFinder` for drawings; its openings and turns are not the mesh's, so none can pass."""
    drawn = read_drawing(frame)
    assert drawn is not None and (face.landmarks == drawn.landmarks()).all(), "the face of another frame"
    return drawn.points_68()


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


def judges_with_second() -> Judges:
    return replace(drawn_judges(), second_landmarker=find_68_points)


def talking(num_frames: int = 8) -> list[DrawnFace]:
    """A clip: the mouth opens and shuts, the eyes shut once, the head moves to the right."""
    faces = [
        DrawnFace(x=120 + 2 * index, mouth_px=(0, 4, 9, 5)[index % 4], eyes_px=(8, 8, 6, 1)[index % 4])
        for index in range(num_frames)
    ]
    return [replace(faces[0], mouth_px=0), *faces[1:]]
