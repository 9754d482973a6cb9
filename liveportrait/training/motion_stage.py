"""The motion extractor alone: landmarks teach it before anything is rendered.

On little data this comes first. A renderer cannot open a mouth that the keypoints leave
shut, and the extractor learns openings from landmarks a hundred times faster than
through the pixels of a generator.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from liveportrait.motion.rotation import degrees_from_rotation
from liveportrait.motion.state import Motion, motion_from_prediction
from liveportrait.networks.motion_extractor import MotionPrediction
from liveportrait.tensors import Keypoints, Loss
from liveportrait.training.guides import (
    BROW_KEYPOINTS,
    EYE_KEYPOINTS,
    LIP_KEYPOINTS,
    NUM_GUIDED,
    NUM_KEYPOINTS,
    OPENINGS,
)
from liveportrait.training.head_pose_loss import (
    HeadPose,
    HeadPoseLogits,
    head_pose_bin_loss,
    head_pose_degree_loss,
)
from liveportrait.training.landmark_losses import (
    PointPair,
    face_axes,
    opening_loss,
    openings,
    wing_loss,
)
from liveportrait.training.pairs import MotionTargets

LEFT_EYE, RIGHT_EYE = 10, 11
"""Iris keypoints: an opening is measured in the distance between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionWeights:
    """How much each part of the motion loss counts."""

    landmarks: float = 10.0
    guided: tuple[int, ...] = tuple(range(NUM_GUIDED))
    """Keypoints that landmarks hold; the paper has ten, of eyes and lips."""
    opening: float = 6.0
    canonical: float = 5.0
    expression: float = 8.0
    pose_bins: float = 0.05
    pose_degrees: float = 0.05
    scale: float = 2.0
    translation: float = 2.0


class MotionLosses(NamedTuple):
    """The weighted parts; their sum is what is minimised."""

    landmarks: Loss
    opening: Loss
    canonical: Loss
    expression: Loss
    pose: Loss
    placement: Loss

    @property
    def total(self) -> Loss:
        return torch.stack(tuple(self)).sum()


def motion_losses(
    prediction: MotionPrediction, targets: MotionTargets, weights: MotionWeights
) -> MotionLosses:
    """What separates a prediction from what the landmarks say."""
    motion = motion_from_prediction(prediction)
    keypoints = motion.keypoints()
    emphasis = keypoint_emphasis(keypoints.device)
    logits = HeadPoseLogits(prediction.pitch, prediction.yaw, prediction.roll)
    taught = HeadPose(*degrees_from_rotation(targets.rotation))
    return MotionLosses(
        landmarks=weights.landmarks * _guided_wing(keypoints, targets.keypoints, emphasis, weights.guided),
        opening=weights.opening * opening_loss(*_openings(keypoints, targets.keypoints)),
        canonical=weights.canonical
        * _at_rest(prediction.canonical_keypoints, targets.canonical_keypoints, targets, emphasis),
        expression=weights.expression
        * _at_rest(prediction.expression, targets.expression, targets, emphasis),
        pose=weights.pose_bins * head_pose_bin_loss(logits, taught)
        + weights.pose_degrees * head_pose_degree_loss(logits, taught),
        placement=_placement(motion, targets, weights),
    )


def keypoint_emphasis(device: torch.device) -> Float[Tensor, "k"]:
    """Weight of each keypoint: lips, lids and brows move little and matter much."""
    emphasis = torch.ones(NUM_KEYPOINTS, device=device)
    emphasis[list(LIP_KEYPOINTS + EYE_KEYPOINTS)] = 3.0
    emphasis[list(BROW_KEYPOINTS)] = 2.0
    return emphasis


def _guided_wing(
    found: Keypoints, expected: Keypoints, emphasis: Float[Tensor, "k"], guided: tuple[int, ...]
) -> Loss:
    chosen = list(guided)
    in_plane = wing_loss(found[:, chosen, :2], expected[:, chosen, :2], weights=emphasis[chosen])
    return in_plane + 0.3 * (found[:, chosen, 2] - expected[:, chosen, 2]).abs().mean()


def _openings(found: Keypoints, expected: Keypoints) -> tuple[Tensor, Tensor]:
    axes = face_axes(expected[:, LEFT_EYE, :2], expected[:, RIGHT_EYE, :2])
    pairs = [PointPair(*pair) for pair in OPENINGS]
    return openings(found[..., :2], pairs, axes), openings(expected[..., :2], pairs, axes)


def _at_rest(
    found: Keypoints, expected: Keypoints, targets: MotionTargets, emphasis: Float[Tensor, "k"]
) -> Loss:
    """L1 where rest and expression can be told apart; stills, where they cannot, count as 0."""
    error = ((found - expected).abs().mean(2) * emphasis).mean(1)
    return (error * targets.knows_rest).mean()


def _placement(motion: Motion, targets: MotionTargets, weights: MotionWeights) -> Loss:
    scale = (motion.scale - targets.scale).abs().mean()
    translation = (motion.translation - targets.translation).abs().mean()
    return weights.scale * scale + weights.translation * translation
