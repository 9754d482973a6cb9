"""What an animation is told, starts from, carries along and hands out."""

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from liveportrait.arrays import BoxXYXY, CropRGB, FrameRGB
from liveportrait.choices import check_choices
from liveportrait.driving import DrivingReader, DrivingSettings
from liveportrait.errors import SettingError
from liveportrait.face.cropping import Crop
from liveportrait.face.paste_back import PastePlace
from liveportrait.motion.composition import SourceFace
from liveportrait.motion.one_euro import MotionSmoother
from liveportrait.motion.retargeting import steady_eye_ratio
from liveportrait.motion.settings import TransferSettings
from liveportrait.motion.state import Motion
from liveportrait.networks.appearance_feature_extractor import Appearance
from liveportrait.tensors import Keypoints, Ratios

USUAL_FPS = 25.0
"""Taken where frames come without a time."""

NoFacePolicy = Literal["hold", "fade", "pass_through", "raise"]
"""Where the driver's face is not seen: keep the last expression, ease back to the source's own,
show the source untouched, or raise `NoFaceError`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnimationSettings:
    """How a portrait is animated."""

    transfer: TransferSettings = TransferSettings()
    driving: DrivingSettings = DrivingSettings()
    smoothing: Literal["none", "live"] = "none"
    """`live` calms each frame by those before it."""
    no_face: NoFacePolicy = "hold"
    fade_frames: int = 12
    """Over how many frames `fade` eases back."""

    def __post_init__(self) -> None:
        check_choices(self)
        if self.fade_frames < 1:
            raise SettingError(f"fade_frames is {self.fade_frames}; give 1 or more.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Source:
    """Everything known of a portrait before it is driven."""

    frame: FrameRGB
    crop: Crop
    appearance: Appearance
    head: SourceFace
    place: PastePlace

    @property
    def keypoints(self) -> Keypoints:
        return self.head.motion.keypoints()

    @property
    def box_xyxy(self) -> BoxXYXY:
        """Around the crop's place in the frame."""
        rows, columns = self.place.rows, self.place.columns
        return np.array([columns.start, rows.start, columns.stop, rows.stop], np.float32)


@dataclass(slots=True, kw_only=True, eq=False)
class AnimationState:
    """Where one stream of driving frames stands; owned by the caller, changed by every step."""

    reader: DrivingReader
    smoother: MotionSmoother | None
    anchor: Motion | None = None
    """The driver's motion that counts as zero; the first one unless it is set."""
    last_shift: Keypoints | None = None
    """Of the last frame with a face: driving minus source keypoints."""
    frames_without_face: int = 0
    steady_eye_ratio: Ratios | None = None
    """How far a source video keeps its eyes open where they are steadied; by its first frame."""
    last_pts_seconds: float | None = None

    def steadied(self, head: SourceFace) -> SourceFace:
        """The head of a source video with the eye opening that it started with."""
        if head.kind == "image" or head.openings is None or head.steady_eye_ratio is not None:
            return head
        if self.steady_eye_ratio is None:
            self.steady_eye_ratio = steady_eye_ratio(head.openings)
        return replace(head, steady_eye_ratio=self.steady_eye_ratio)

    def smooth(self, motion: Motion, pts_seconds: float | None) -> Motion:
        """The motion, calmed by that of earlier frames where the stream is smoothed."""
        if pts_seconds is not None and not math.isfinite(pts_seconds):
            raise SettingError(f"pts_seconds is {pts_seconds}; give the frame's time in seconds, or None.")
        if self.smoother is None:
            return motion
        last = self.last_pts_seconds
        if pts_seconds is None:
            pts_seconds = 0.0 if last is None else last + 1 / USUAL_FPS
        elif last is not None and pts_seconds <= last:
            raise SettingError(
                f"pts_seconds is {pts_seconds}, and the frame before was at {last}: live smoothing takes "
                "frames in order of time. Start a new state for another stream, or smooth by 'none'."
            )
        self.last_pts_seconds = pts_seconds
        return self.smoother.smooth(motion, pts_seconds=pts_seconds)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Step:
    """One animated frame."""

    frame: FrameRGB
    """The source's frame with the animated face in it."""
    crop: CropRGB
    """The animated face as it was drawn; the source's own where that is shown untouched."""
    box_xyxy: BoxXYXY
    """Around the crop's place in the frame."""
    motion: Motion | None
    """The driver's motion that was used; None where its face was not seen, and for edits."""
    kp_driving: Keypoints
