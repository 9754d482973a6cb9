"""Head pose: 66 bins of 3 degrees per angle, taught by angles in degrees.

Convention of the house: `rotation = (Rz(roll) Ry(yaw) Rx(pitch))^T`, used on the right of
row vectors; the centre of bin i is 3 i - 97.5 degrees. A teacher with another convention
teaches another rotation: turn its matrix into angles with
`motion.rotation.degrees_from_rotation`.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from liveportrait.motion.state import DEGREES_PER_BIN, FIRST_BIN_DEG, degrees_from_logits
from liveportrait.networks.motion_extractor import NUM_POSE_BINS
from liveportrait.tensors import Degrees, Loss

PoseLogits = Float[Tensor, "b 66"]


class HeadPose(NamedTuple):
    """Angles in degrees."""

    pitch_deg: Degrees
    yaw_deg: Degrees
    roll_deg: Degrees


class HeadPoseLogits(NamedTuple):
    """What the motion extractor says about the bins of each angle."""

    pitch: PoseLogits
    yaw: PoseLogits
    roll: PoseLogits


def head_pose_bin_loss(logits: HeadPoseLogits, taught: HeadPose) -> Loss:
    """Cross-entropy to the two bins around the taught angle, mean over batch and angles.

    Between the two, weight is shared so that the expectation is the angle itself: a
    perfect prediction reads out exactly what was taught, with no rounding to 3 degrees.
    """
    losses = [
        functional.cross_entropy(found.float(), bins_from_degrees(degrees))
        for found, degrees in zip(logits, taught, strict=True)
    ]
    return torch.stack(losses).mean()


def head_pose_degree_loss(logits: HeadPoseLogits, taught: HeadPose) -> Loss:
    """L1 in degrees between expected and taught angle, mean over batch and angles."""
    errors = [
        (degrees_from_logits(found.float()) - degrees).abs().mean()
        for found, degrees in zip(logits, taught, strict=True)
    ]
    return torch.stack(errors).mean()


def bins_from_degrees(degrees: Degrees) -> PoseLogits:
    """Probabilities of the bins whose expectation is the angle; angles beyond the last bin stop there."""
    position = ((degrees - FIRST_BIN_DEG) / DEGREES_PER_BIN).clamp(0, NUM_POSE_BINS - 1)
    bins = torch.arange(NUM_POSE_BINS, device=degrees.device)
    return (1 - (position[:, None] - bins).abs()).clamp_min(0)
