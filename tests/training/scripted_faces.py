"""An analyser whose answers are written down, and sources of plain frames."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from liveportrait.arrays import BoxXYXY, FrameRGB, Landmarks
from liveportrait.face.protocol import Face
from liveportrait.media.protocol import Frame, SeekableSource, VideoInfo


def face_at(x: float, y: float, *, size: float = 80.0, score: float = 1.0) -> Face:
    """478 points spread over a box around (x, y)."""
    angles = np.linspace(0, 2 * np.pi, 478)
    points = np.stack([x + size / 2 * np.cos(angles), y + size / 2 * np.sin(angles)], axis=1)
    return Face(landmarks=points.astype(np.float32), score=score, depth_px=np.zeros(478, np.float32))


class ScriptedAnalyzer:
    """A frame says in its first pixel which of the faces it shows; 255 shows none."""

    def __init__(self, faces: Sequence[Face]) -> None:
        self.faces = faces
        self.num_detections = 0

    def detect(self, frame: FrameRGB) -> list[Face]:
        self.num_detections += 1
        number = int(frame[0, 0, 0])
        return [] if number == 255 else [self.faces[number]]

    def refine(self, frame: FrameRGB, landmarks: Landmarks) -> Face | None:
        number = int(frame[0, 0, 0])
        return None if number == 255 else self.faces[number]

    def close(self) -> None:
        """Nothing is held."""

    def face_in_box(self, frame: FrameRGB, box_xyxy: BoxXYXY) -> Face:
        raise NotImplementedError


class ScriptedSource(SeekableSource):
    """Frames that name a face each; `shade` is the rest of the picture."""

    def __init__(self, numbers: Sequence[int], *, shades: Sequence[int] | None = None) -> None:
        self._numbers, self._shades = numbers, shades or [100] * len(numbers)

    @property
    def info(self) -> VideoInfo:
        return VideoInfo(size_wh=(320, 240), fps=Fraction(25))

    def frames_from(self, index: int) -> Iterator[Frame]:
        for number in range(index, len(self._numbers)):
            image = np.full((240, 320, 3), self._shades[number], np.uint8)
            image[0, 0] = self._numbers[number]
            yield Frame(image=image, index=number, pts_seconds=Fraction(number, 25))
