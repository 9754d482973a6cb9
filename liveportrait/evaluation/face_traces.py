"""What a landmarker reads off every frame of a clip."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from liveportrait.arrays import Landmarks
from liveportrait.evaluation.agreement import Series
from liveportrait.evaluation.head_turns import HeadRotation
from liveportrait.face.ratios import eye_open_ratios, lip_open_ratio


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaceReading:
    """One face in one frame."""

    landmarks: Landmarks
    rotation: HeadRotation


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaceTrace:
    """A face over the frames of a clip; None where it was not found. Openings are height over width."""

    readings: tuple[FaceReading | None, ...]

    @property
    def lip_openings(self) -> Series:
        return self._series(lambda landmarks: float(lip_open_ratio(landmarks)[0]))

    @property
    def eye_openings(self) -> Series:
        """Mean of the two eyes."""
        return self._series(lambda landmarks: float(eye_open_ratios(landmarks).mean()))

    @property
    def rotations(self) -> tuple[HeadRotation | None, ...]:
        return tuple(None if one is None else one.rotation for one in self.readings)

    def without_first(self) -> "FaceTrace":
        """The frames after the first, which is the source of the others."""
        return FaceTrace(readings=self.readings[1:])

    def _series(self, measure: Callable[[Landmarks], float]) -> Series:
        return np.array([np.nan if one is None else measure(one.landmarks) for one in self.readings])


def expected_turns(source: HeadRotation, driving: Sequence[HeadRotation | None]) -> list[HeadRotation | None]:
    """How the source's head should stand: turned as the driver's has since its first frame."""
    anchor = driving[0]
    assert anchor is not None
    return [None if one is None else one @ anchor.T @ source for one in driving]
