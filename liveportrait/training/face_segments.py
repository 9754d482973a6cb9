"""One face followed through a file: the stretches in which it is seen without a break."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
from jaxtyping import Float, Float32
from numpy import ndarray

from liveportrait.arrays import FrameRGB
from liveportrait.face.protocol import Face, FaceAnalyzer
from liveportrait.media.protocol import SeekableSource


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentConfig:
    """How a file is walked through, and what breaks a stretch."""

    frame_stride: int = 2
    """Every n-th frame is taken: neighbours at 25 frames a second teach the same."""
    max_frames: int = 500
    """Longer stretches become several; it bounds the memory that preparation takes."""
    look_every: int = 5
    """While no face is seen, only every n-th of the frames taken is searched."""
    max_jump: float = 0.5
    """A face whose middle moves by more of its size between two frames taken is another one."""
    max_growth: float = 1.5
    cut_difference: float = 0.15
    """Mean difference (0..1) of two frames, both shrunk to thumbnails, that makes a cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceSegment:
    """Frames `first_index`, `first_index + frame_stride`, ... of a file, all with one face."""

    first_index: int
    frame_stride: int
    size_wh: tuple[int, int]
    landmarks: Float32[ndarray, "t n 2"]
    """Frame pixels."""
    depth_px: Float32[ndarray, "t n"]
    presence: Float32[ndarray, "t"]

    @property
    def num_frames(self) -> int:
        return len(self.presence)

    @property
    def face_px(self) -> float:
        """Larger side of the box around the landmarks, median over frames."""
        extent = self.landmarks.max(1) - self.landmarks.min(1)
        return float(np.median(extent.max(1)))


def follow_face(
    source: SeekableSource, analyzer: FaceAnalyzer, config: SegmentConfig
) -> Iterator[FaceSegment]:
    """The largest face of each stretch, followed until it is lost, jumps, or the picture cuts.

    Raises:
        MediaError: when the file cannot be read; what came before was yielded.
    """
    walk = _Walk(analyzer, config)
    for frame in source:
        if frame.index % config.frame_stride == 0:
            yield from walk.step(frame.image, frame.index)
    yield from walk.end()


@dataclass(slots=True)
class _Walk:
    """Where the walk through a file stands."""

    analyzer: FaceAnalyzer
    config: SegmentConfig
    faces: list[Face] = field(default_factory=list)
    first_index: int = 0
    size_wh: tuple[int, int] = (0, 0)
    thumbnail: Float32[ndarray, "18 32 3"] | None = None
    num_blind: int = 0

    def step(self, frame: FrameRGB, index: int) -> Iterator[FaceSegment]:
        face = None if self._is_cut(frame) else self._next_face(frame)
        if face is None or len(self.faces) == self.config.max_frames:
            yield from self.end()
        if face is None:
            face = self._found_anew(frame)
        if face is not None:
            if not self.faces:
                self.first_index, self.size_wh = index, (frame.shape[1], frame.shape[0])
            self.faces.append(face)

    def end(self) -> Iterator[FaceSegment]:
        """What was gathered, if anything."""
        faces, self.faces = self.faces, []
        if faces:
            depths = [
                np.zeros(len(face.landmarks), np.float32) if face.depth_px is None else face.depth_px
                for face in faces
            ]
            yield FaceSegment(
                first_index=self.first_index,
                frame_stride=self.config.frame_stride,
                size_wh=self.size_wh,
                landmarks=np.stack([face.landmarks for face in faces]),
                depth_px=np.stack(depths),
                presence=np.array([face.score for face in faces], np.float32),
            )

    def _next_face(self, frame: FrameRGB) -> Face | None:
        if not self.faces or (frame.shape[1], frame.shape[0]) != self.size_wh:
            return None
        last = self.faces[-1]
        face = self.analyzer.refine(frame, last.landmarks)
        return face if face and self._is_same(face, last) else None

    def _found_anew(self, frame: FrameRGB) -> Face | None:
        self.num_blind += 1
        if self.num_blind % self.config.look_every != 1 and self.config.look_every > 1:
            return None
        found = self.analyzer.detect(frame)
        if found:
            self.num_blind = 0
        return found[0] if found else None

    def _is_same(self, face: Face, last: Face) -> bool:
        size = max(last.area_px, 1.0) ** 0.5
        growth = max(face.area_px, 1.0) ** 0.5 / size
        jump = float(np.linalg.norm(_middle(face) - _middle(last))) / size
        return jump <= self.config.max_jump and 1 / self.config.max_growth <= growth <= self.config.max_growth

    def _is_cut(self, frame: FrameRGB) -> bool:
        small = cv2.resize(frame, (32, 18), interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0
        earlier, self.thumbnail = self.thumbnail, small
        return earlier is not None and float(np.abs(small - earlier).mean()) > self.config.cut_difference


def _middle(face: Face) -> Float[ndarray, "2"]:
    return face.landmarks.mean(axis=0)
