"""Which stretches are no use for training, and why."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import cv2
import numpy as np
from jaxtyping import UInt8
from numpy import ndarray

from liveportrait.arrays import FrameRGB
from liveportrait.training.face_segments import FaceSegment
from liveportrait.training.shards import MIN_PRESENCE

DropReason: TypeAlias = Literal[
    "unreadable", "unknown_origin", "no_face", "few_frames", "small_face", "unsure_face", "static", "blurred"
]

_FACE_PX = 128
"""Sharpness is measured on a face of this size, so that it does not depend on the crop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterConfig:
    """The least that a stretch must bring."""

    min_frames: int = 8
    """Of a video; a still has one."""
    min_face_px: float = 64.0
    """Of the face in the file."""
    min_sure_share: float = 0.5
    """Of frames whose face the landmarker is sure of."""
    min_movement: float = 0.004
    """Mean standard deviation of the landmarks over time, in sizes of the face.

    In twelve clips of people who talk it was 0.01 to 0.08.
    """
    min_sharpness: float = 2.5
    """Mean absolute Laplacian of the face at 128 px, 0..255, median over frames; 4 to 9 in those clips."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """A file, or a stretch of it, that was left out."""

    file: str
    first_index: int | None
    """Where the stretch begins; None for the whole file."""
    reason: DropReason
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit:
    """Why a stretch is left out."""

    reason: DropReason
    detail: str


def unfit_to_track(segment: FaceSegment, config: FilterConfig, *, is_still: bool) -> Unfit | None:
    """What tracking alone tells against a stretch."""
    if not is_still and segment.num_frames < config.min_frames:
        return Unfit(reason="few_frames", detail=f"{segment.num_frames} frames")
    if segment.face_px < config.min_face_px:
        return Unfit(reason="small_face", detail=f"{segment.face_px:.0f} px")
    sure = float((segment.presence >= MIN_PRESENCE).mean())
    if sure < config.min_sure_share:
        return Unfit(reason="unsure_face", detail=f"sure in {sure:.0%} of the frames")
    moved = movement(segment)
    if not is_still and moved < config.min_movement:
        return Unfit(reason="static", detail=f"movement {moved:.4f}")
    return None


def unfit_to_see(
    frames: UInt8[ndarray, "t s s 3"], *, face_share: float, config: FilterConfig
) -> Unfit | None:
    """What the crops tell against a stretch; `face_share` is the size of the face in that of the crop."""
    chosen = frames[:: max(1, len(frames) // 8)]
    found = float(np.median([sharpness(frame, face_share=face_share) for frame in chosen]))
    if found < config.min_sharpness:
        return Unfit(reason="blurred", detail=f"sharpness {found:.1f}")
    return None


def movement(segment: FaceSegment) -> float:
    """How much the landmarks move: mean standard deviation over time, in sizes of the face."""
    return float(segment.landmarks.std(axis=0).mean() / max(segment.face_px, 1.0))


def sharpness(crop: FrameRGB, *, face_share: float) -> float:
    """Mean absolute Laplacian within the middle of the crop, the face brought to 128 px."""
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    size = max(16, round(_FACE_PX / max(face_share, 1e-3)))
    interpolation = cv2.INTER_AREA if size < grey.shape[0] else cv2.INTER_LINEAR
    grey = cv2.resize(grey, (size, size), interpolation=interpolation)
    margin = size // 4
    return float(
        np.abs(cv2.Laplacian(grey, cv2.CV_32F))[margin : size - margin, margin : size - margin].mean()
    )
