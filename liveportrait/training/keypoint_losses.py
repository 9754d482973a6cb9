"""Losses on implicit keypoints that need no labels: consistency, spread and restraint.

From face-vid2vid (Wang et al. 2021), which the stage I of LivePortrait keeps.
"""

import torch

from liveportrait.tensors import Keypoints, Loss
from liveportrait.training.plane_warp import PlaneWarp


def equivariance_loss(keypoints: Keypoints, keypoints_of_warped: Keypoints, warp: PlaneWarp) -> Loss:
    """L1 in the plane: keypoints must move with the picture.

    `keypoints_of_warped` come from `warp.warp_image(image)`. Sent back to the original they
    must lie on `keypoints`. Depth is left out: a warp of the plane says nothing about it.
    """
    sent_back = warp.original_from_warped(keypoints_of_warped[..., :2])
    return (keypoints[..., :2] - sent_back).abs().mean()


def keypoint_prior_loss(
    keypoints: Keypoints, *, min_squared_distance: float = 0.1, mean_depth: float = 0.33
) -> Loss:
    """Keep keypoints apart, and their mean depth at `mean_depth`.

    As published: the sum over ordered pairs i != j of how far the squared distance falls
    short, plus the L1 of the depth. A point is not paired with itself: that would only add
    a constant that hides the value. Points tied to lips and lids lie closer than the
    published distance on purpose; a recipe with such guides needs a smaller one.
    """
    offsets = keypoints[:, :, None] - keypoints[:, None]
    shortfall = (min_squared_distance - offsets.square().sum(dim=3)).clamp_min(0)
    itself = torch.eye(keypoints.shape[1], dtype=torch.bool, device=keypoints.device)
    crowding = shortfall.masked_fill(itself, 0).sum(dim=(1, 2)).mean()
    return crowding + (keypoints[..., 2].mean(dim=1) - mean_depth).abs().mean()


def deformation_prior_loss(expression: Keypoints) -> Loss:
    """Mean absolute expression offset: what pose can explain, expression shall not."""
    return expression.abs().mean()


def canonical_agreement_loss(canonical: Keypoints, canonical_of_other_frame: Keypoints) -> Loss:
    """L1 between the resting keypoints of two frames of one person, which must be equal."""
    return (canonical - canonical_of_other_frame).abs().mean()
