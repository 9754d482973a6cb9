"""The label-free losses of stage I, put together: keypoints that follow the picture, spread and rest."""

from dataclasses import dataclass
from typing import NamedTuple

import torch

from liveportrait.motion.state import motion_from_prediction
from liveportrait.networks.motion_extractor import MotionExtractor
from liveportrait.tensors import ImageBatch, Loss
from liveportrait.training.keypoint_losses import (
    canonical_agreement_loss,
    deformation_prior_loss,
    equivariance_loss,
    keypoint_prior_loss,
)
from liveportrait.training.plane_warp import random_plane_warp
from liveportrait.training.stage_one import Reconstruction


@dataclass(frozen=True, slots=True, kw_only=True)
class KeypointWeights:
    """How much each part counts; what counts 0 is not computed."""

    equivariance: float = 10.0
    prior: float = 10.0
    min_squared_distance: float = 0.1
    """Of the prior; keypoints that landmarks hold together need less."""
    mean_depth: float = 0.33
    deformation: float = 5.0
    agreement: float = 1.0
    """Of the canonical keypoints of two frames of one person; not in the paper."""


class KeypointTerms(NamedTuple):
    """The weighted parts."""

    equivariance: Loss
    prior: Loss
    deformation: Loss
    agreement: Loss


def keypoint_terms(
    extractor: MotionExtractor, driving_seen: ImageBatch, made: Reconstruction, weights: KeypointWeights
) -> KeypointTerms:
    """Of one reconstruction; `driving_seen` is the picture that its driving motion was read off."""
    zero = made.kp_driving.new_zeros(())
    return KeypointTerms(
        equivariance=weights.equivariance * _equivariance(extractor, driving_seen, made)
        if weights.equivariance
        else zero,
        prior=weights.prior
        * keypoint_prior_loss(
            made.kp_driving, min_squared_distance=weights.min_squared_distance, mean_depth=weights.mean_depth
        )
        if weights.prior
        else zero,
        deformation=weights.deformation * deformation_prior_loss(made.driving_prediction.expression),
        agreement=weights.agreement
        * canonical_agreement_loss(
            made.source_prediction.canonical_keypoints, made.driving_prediction.canonical_keypoints
        ),
    )


def _equivariance(extractor: MotionExtractor, driving_seen: ImageBatch, made: Reconstruction) -> Loss:
    """A second look at the driving picture, bent at random."""
    warp = random_plane_warp(len(driving_seen), torch.default_generator, device=driving_seen.device)
    of_warped = motion_from_prediction(extractor(warp.warp_image(driving_seen))).keypoints()
    keypoints = motion_from_prediction(made.driving_prediction).keypoints()
    return equivariance_loss(keypoints, of_warped, warp)
