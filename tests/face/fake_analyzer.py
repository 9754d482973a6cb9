"""An analyser that sees what a test tells it: faces are where the script says, in each frame."""

from collections.abc import Mapping

import numpy as np

from liveportrait.arrays import BoxXYXY, FrameRGB, Landmarks
from liveportrait.face.boxes import has_middle_in, overlap
from liveportrait.face.protocol import Face
from tests.face.random_faces import random_landmarks


def numbered_frame(index: int, *, grey: int = 100) -> FrameRGB:
    """A frame that carries its number in its first pixel."""
    frame = np.full((90, 160, 3), grey, np.uint8)
    frame[0, 0, 0] = index
    return frame


def face_at(x: float, y: float, *, size_px: float = 40.0) -> Face:
    return Face(landmarks=random_landmarks(centre_xy=(x, y), size_px=size_px), score=0.9)


class FakeAnalyzer:
    """Refines to the face that overlaps, or that five points lie in; detects all. Counts what it is asked."""

    def __init__(self, faces_by_frame: Mapping[int, list[Face]]) -> None:
        self._faces_by_frame = faces_by_frame
        self.num_detections = 0

    def detect(self, frame: FrameRGB) -> list[Face]:
        self.num_detections += 1
        return sorted(self._faces(frame), key=lambda face: -face.area_px)

    def refine(self, frame: FrameRGB, landmarks: Landmarks) -> Face | None:
        asked = Face(landmarks=landmarks, score=1.0)
        is_there = _holds if len(landmarks) == 5 else _overlaps
        near = [face for face in self._faces(frame) if is_there(face, asked)]
        return near[0] if near else None

    def close(self) -> None:
        """Nothing is held."""

    def face_in_box(self, frame: FrameRGB, box_xyxy: BoxXYXY) -> Face:
        raise NotImplementedError

    def _faces(self, frame: FrameRGB) -> list[Face]:
        return self._faces_by_frame.get(int(frame[0, 0, 0]), [])


def _overlaps(face: Face, asked: Face) -> bool:
    return overlap(face.bbox_xyxy, asked.bbox_xyxy) > 0.3


def _holds(face: Face, asked: Face) -> bool:
    return has_middle_in(asked.bbox_xyxy, face.bbox_xyxy)
