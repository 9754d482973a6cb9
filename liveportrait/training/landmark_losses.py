"""Losses that tie points to 2D landmarks: where they lie, and how far eyes and lips are open.

Points are in the units of `ImagePoints` or of keypoints (the image is 2 wide), whatever
the size of the picture in pixels.
"""

from collections.abc import Sequence
from math import log1p
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from liveportrait.tensors import ImagePoints, Loss, PerItem


class FaceAxes(NamedTuple):
    """Size and direction of a face in the image, to measure openings with."""

    eye_distance: PerItem
    down: Float[Tensor, "b 2"]
    """Unit vector from the eyes to the chin, square to the line through the eyes."""


class PointPair(NamedTuple):
    """Indices of two points that meet when an eye or the mouth closes."""

    upper: int
    lower: int


def wing_loss(
    found: ImagePoints,
    expected: ImagePoints,
    *,
    weights: Float[Tensor, " n"] | None = None,
    omega: float = 0.1,
    epsilon: float = 0.01,
) -> Loss:
    """Feng et al. 2018, mean over coordinates: logarithmic for errors below `omega`, L1 beyond.

    The logarithm makes small errors count: at the defaults the slope is 10 at zero error and
    nearly 1 from 0.1 (13 px of 256) on. `weights` multiply points, for lips that must weigh
    more than a chin.
    """
    error = (found - expected).abs()
    offset = omega - omega * log1p(omega / epsilon)
    wing = torch.where(error < omega, omega * torch.log1p(error / epsilon), error - offset)
    if weights is not None:
        wing = wing * weights[:, None]
    return wing.mean()


def face_axes(left_eye: Float[Tensor, "b 2"], right_eye: Float[Tensor, "b 2"]) -> FaceAxes:
    """From one point of each eye, left and right as seen in the picture."""
    along = right_eye - left_eye
    eye_distance = along.norm(dim=1).clamp_min(1e-6)
    across = torch.stack([-along[:, 1], along[:, 0]], dim=1)
    return FaceAxes(eye_distance=eye_distance, down=across / eye_distance[:, None])


def openings(points: ImagePoints, pairs: Sequence[PointPair], axes: FaceAxes) -> Float[Tensor, "b p"]:
    """How far each lower point lies below its upper one, in eye distances.

    Signed: lips that cross give a negative number, so a loss pulls them apart the right way
    and has a slope when they touch, where a distance has none.
    """
    upper = points[:, [pair.upper for pair in pairs]]
    lower = points[:, [pair.lower for pair in pairs]]
    along_down = ((lower - upper) * axes.down[:, None]).sum(dim=2)
    return along_down / axes.eye_distance[:, None]


def opening_loss(found: Float[Tensor, "b p"], expected: Float[Tensor, "b p"]) -> Loss:
    """L1 between openings; both must be measured with the axes of the same landmarks."""
    return (found - expected).abs().mean()
