"""Random crops of a prepared frame, with everything known of it carried along."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

import cv2
import numpy as np
from jaxtyping import Float
from numpy import ndarray

from liveportrait.arrays import CropRGB, FrameRGB
from liveportrait.training.guides import MIRRORED


@dataclass(frozen=True, slots=True, kw_only=True)
class CropJitter:
    """How far a random crop strays from the prepared one."""

    zoom: tuple[float, float] = (0.95, 1.3)
    """Above 1 the face grows."""
    shift: float = 0.08
    """Standard deviation in crop coordinates; 2 is the width of the crop."""
    roll_deg: float = 8.0
    """Standard deviation."""


class PlaneCrop(NamedTuple):
    """A similarity of crop coordinates: turn and zoom, then shift; `mirrored` flips x first."""

    zoom: float
    roll_rad: float
    shift: tuple[float, float]
    mirrored: bool

    @property
    def turn(self) -> Float[ndarray, "2 2"]:
        """For row vectors (x, y)."""
        c, s = np.cos(self.roll_rad), np.sin(self.roll_rad)
        return np.array([[c, s], [-s, c]], np.float32)


class FrameLabels(NamedTuple):
    """The motion of one frame, as the networks should see it."""

    rotation: Float[ndarray, "3 3"]
    scale: float
    translation: Float[ndarray, "3"]
    canonical_keypoints: Float[ndarray, "k 3"]
    expression: Float[ndarray, "k 3"]
    keypoints: Float[ndarray, "k 3"]


def draw_crop(rng: np.random.Generator, jitter: CropJitter, *, mirrored: bool) -> PlaneCrop:
    """A crop at random."""
    shift = rng.normal(0, jitter.shift, 2)
    return PlaneCrop(
        zoom=float(rng.uniform(*jitter.zoom)),
        roll_rad=float(np.deg2rad(rng.normal(0, jitter.roll_deg))),
        shift=(float(shift[0]), float(shift[1])),
        mirrored=mirrored,
    )


def nudge(crop: PlaneCrop, rng: np.random.Generator, *, amount: float) -> PlaneCrop:
    """The same crop, a little off."""
    shift = rng.normal(0, 0.05 * amount, 2)
    return crop._replace(
        zoom=crop.zoom * float(np.exp(rng.normal(0, 0.05 * amount))),
        roll_rad=crop.roll_rad + float(np.deg2rad(rng.normal(0, 3 * amount))),
        shift=(crop.shift[0] + float(shift[0]), crop.shift[1] + float(shift[1])),
    )


@runtime_checkable
class FrameWarp(Protocol):
    """A change of the frame itself, before it is cropped."""

    def original_from_warped(self, points: Float[ndarray, "*s 2"], /) -> Float[ndarray, "*s 2"]:
        """Where to look in the frame; both in its crop coordinates."""
        ...

    def paint(self, picture: CropRGB, points: Float[ndarray, "h w 2"], /) -> CropRGB:
        """The picture with what no pixel of the frame shows; `points` are where its pixels are in the
        warped frame."""
        ...


def cut(frame: FrameRGB, crop: PlaneCrop, *, size_px: int, warp: FrameWarp | None = None) -> CropRGB:
    """The crop as a picture; outside of the frame its border goes on mirrored.

    Warped or not, pixels are interpolated once.
    """
    side = frame.shape[0]
    to_unit = np.array([[2 / side, 0, 1 / side - 1], [0, 2 / side, 1 / side - 1], [0, 0, 1]])
    if crop.mirrored:
        to_unit = np.diag([-1.0, 1.0, 1.0]) @ to_unit
    move = np.eye(3)
    move[:2, :2] = crop.zoom * crop.turn.T
    move[:2, 2] = crop.shift
    from_unit = np.array(
        [[size_px / 2, 0, (size_px - 1) / 2], [0, size_px / 2, (size_px - 1) / 2], [0, 0, 1]]
    )
    if warp is not None:
        at = _pixel_centres(size_px) @ np.linalg.inv(from_unit @ move @ to_unit)[:2].T
        points = (at * 2 + 1) / side - 1
        seen = warp.original_from_warped(points)
        column, row = np.moveaxis((((seen + 1) * side - 1) / 2).astype(np.float32), -1, 0).copy()
        picture = cv2.remap(frame, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        return warp.paint(picture, points)
    matrix = (from_unit @ move @ to_unit)[:2]
    return cv2.warpAffine(
        frame, matrix, (size_px, size_px), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )


def crop_labels(labels: FrameLabels, crop: PlaneCrop) -> FrameLabels:
    """Labels of a frame to labels of its crop."""
    if crop.mirrored:
        labels = _mirror(labels)
    turn = np.eye(3, dtype=np.float32)
    turn[:2, :2] = crop.turn
    shift = np.array([*crop.shift, 0], np.float32)
    return FrameLabels(
        rotation=labels.rotation @ turn,
        scale=labels.scale * crop.zoom,
        translation=crop.zoom * labels.translation @ turn + shift,
        canonical_keypoints=labels.canonical_keypoints,
        expression=labels.expression @ turn,
        keypoints=crop.zoom * labels.keypoints @ turn + shift,
    )


def _pixel_centres(size_px: int) -> Float[ndarray, "h w 3"]:
    """Of each pixel (column, row, 1), in pixels: the first pixel's centre is 0."""
    row, column = np.mgrid[:size_px, :size_px].astype(np.float64)
    return np.stack((column, row, np.ones_like(row)), -1)


def _mirror(labels: FrameLabels) -> FrameLabels:
    order, flip = list(MIRRORED), np.array([-1, 1, 1], np.float32)
    return FrameLabels(
        rotation=labels.rotation * flip[:, None] * flip,
        scale=labels.scale,
        translation=labels.translation * flip,
        canonical_keypoints=labels.canonical_keypoints[order] * flip,
        expression=labels.expression[order] * flip,
        keypoints=labels.keypoints[order] * flip,
    )
