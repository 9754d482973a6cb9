"""What the rest of the library knows of face analysis."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32
from numpy import ndarray

from liveportrait.arrays import BoxXYXY, FrameRGB, Landmarks


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Face:
    """One face in one frame."""

    landmarks: Landmarks
    score: float
    """How sure the analyser is that this is a face, 0..1."""
    depth_px: Float32[ndarray, "n"] | None = None
    """Depth of the landmarks where the analyser knows it, in frame pixels; smaller is nearer."""

    @property
    def bbox_xyxy(self) -> BoxXYXY:
        """The box around the landmarks."""
        return np.concatenate([self.landmarks.min(axis=0), self.landmarks.max(axis=0)])

    @property
    def area_px(self) -> float:
        left, top, right, bottom = self.bbox_xyxy
        return float((right - left) * (bottom - top))


@runtime_checkable
class FaceAnalyzer(Protocol):
    """Finds faces. Landmarks are always pixels of the frame; no crop is known outside."""

    def detect(self, frame: FrameRGB) -> list[Face]:
        """All faces, largest first; empty when there is none."""
        ...

    def refine(self, frame: FrameRGB, landmarks: Landmarks) -> Face | None:
        """The face near where landmarks (of any layout) were seen before; None when it is not there."""
        ...

    def face_in_box(self, frame: FrameRGB, box_xyxy: BoxXYXY) -> Face:
        """The face in a box that the user vouches for, brow to chin or more, whatever its score."""
        ...

    def close(self) -> None:
        """Let go of what it holds; it is not asked any more. May be closed twice."""
        ...
