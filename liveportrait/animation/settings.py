"""What is decided where files are animated, beside how a portrait moves."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal, TypeAlias

from liveportrait.choices import check_choices
from liveportrait.errors import SettingError
from liveportrait.face.choice import FaceChoice
from liveportrait.face.protocol import Face
from liveportrait.media.lengths import LengthPolicy
from liveportrait.media.paths import AnyPath
from liveportrait.media.settings import SinkSettings
from liveportrait.motion.anchor import AnchorChoice
from liveportrait.motion.kalman import OBSERVATION_VARIANCE

SourceFaceChoice: TypeAlias = FaceChoice | Face
"""Chosen among those that are found, or given by hand as it is in the first frame."""

SquareChoice: TypeAlias = Literal["mean", "first"]
"""The square that a driver's motion is read from: the mean over the video, as in the reference, which
takes a pass of its own, or that of the first frame with a face, as in a live stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A face of the source and who leads it."""

    driving: AnyPath
    face: SourceFaceChoice = "largest"
    driving_face: FaceChoice | None = None
    """Of several faces in the driving frames; None takes that of the animator's settings."""

    def __post_init__(self) -> None:
        check_choices(self)

    @property
    def driving_path(self) -> Path:
        return Path(self.driving)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSettings:
    """How files are read, matched and written."""

    anchor: AnchorChoice = "auto"
    """Which driving frame counts as zero; `first` is the reference's choice."""
    driving_square: SquareChoice = "mean"
    smoothing: Literal["auto", "offline", "none"] = "auto"
    """`offline` calms the motion by what comes before and after; `auto` does so for source videos, as
    the reference does, unless the animator smooths live."""
    smoothing_variance: float = OBSERVATION_VARIANCE
    """How far offline smoothing takes the motion to be off; larger is calmer, 1e-3 is strong."""
    lengths: LengthPolicy = "cut"
    """Where source video and driver differ in length."""
    fps: Fraction | None = None
    """Resample to this rate; None keeps the rate of the source video, or for a picture the driver's."""
    result: Literal["frame", "crop"] = "frame"
    """The source's frame with the face pasted back, or the animated crop alone."""
    panels: Literal["result", "side_by_side"] = "result"
    """The result alone, or driver, source and result beside each other."""
    audio: Literal["auto", "driving", "source", "none"] = "auto"
    """Whose sound is carried over; `auto` takes the driver's, else that of a source video."""
    sink: SinkSettings = SinkSettings()

    def __post_init__(self) -> None:
        check_choices(self)
        if self.fps is not None and not 0 < self.fps <= 1000:
            raise SettingError(f"fps is {self.fps}; give a rate above 0 and up to 1000 frames a second.")
