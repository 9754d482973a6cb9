"""Another landmark set in place of the default one: one analyser finds faces, a finder draws them anew."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from liveportrait.arrays import BoxXYXY, FrameRGB, Landmarks
from liveportrait.face.protocol import Face, FaceAnalyzer

LandmarkFinder: TypeAlias = Callable[[FrameRGB, Face], Landmarks]
"""Landmarks of another layout for a face that is found already, in frame pixels."""


class RefiningAnalyzer:
    """A `FaceAnalyzer` that takes presence and place from one analyser and landmarks from a finder."""

    def __init__(self, coarse: FaceAnalyzer, finder: LandmarkFinder) -> None:
        self._coarse = coarse
        self._finder = finder

    def detect(self, frame: FrameRGB) -> list[Face]:
        return [self._refined(frame, face) for face in self._coarse.detect(frame)]

    def refine(self, frame: FrameRGB, landmarks: Landmarks) -> Face | None:
        face = self._coarse.refine(frame, landmarks)
        return None if face is None else self._refined(frame, face)

    def face_in_box(self, frame: FrameRGB, box_xyxy: BoxXYXY) -> Face:
        return self._refined(frame, self._coarse.face_in_box(frame, box_xyxy))

    def close(self) -> None:
        self._coarse.close()

    def _refined(self, frame: FrameRGB, face: Face) -> Face:
        return replace(face, landmarks=self._finder(frame, face), depth_px=None)
