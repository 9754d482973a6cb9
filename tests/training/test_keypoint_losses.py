import pytest
import torch

from liveportrait.tensors import ImageBatch, Keypoints
from liveportrait.training.keypoint_losses import (
    canonical_agreement_loss,
    deformation_prior_loss,
    equivariance_loss,
    keypoint_prior_loss,
)
from liveportrait.training.plane_warp import PlaneWarp, random_plane_warp


def shift_right(amount: float) -> PlaneWarp:
    """The warped picture shows at x what the original has at x + amount."""
    return PlaneWarp(
        linear=torch.eye(2)[None],
        shift=torch.tensor([[amount, 0.0]]),
        centres=torch.zeros(1, 2),
        heights=torch.zeros(1, 1, 2),
    )


def keypoint_of_spot(image: ImageBatch) -> Keypoints:
    """A perfect keypoint detector for a picture with one spot."""
    size = image.shape[-1]
    at = (torch.arange(size) + 0.5) * 2 / size - 1
    weight = image[:, 0] / image[:, 0].sum(dim=(1, 2), keepdim=True)
    x, y = (weight.sum(1) * at).sum(1), (weight.sum(2) * at).sum(1)
    return torch.stack([x, y, torch.zeros_like(x)], dim=1)[:, None]


def spot() -> ImageBatch:
    at = (torch.arange(64) + 0.5) * 2 / 64 - 1
    return torch.exp(-((at[None] - 0.1) ** 2 + (at[:, None] + 0.3) ** 2) / 0.02).expand(1, 3, 64, 64)


def test_equivariance_is_zero_for_a_detector_that_follows_the_picture() -> None:
    for seed in range(5):
        warp = random_plane_warp(1, torch.Generator().manual_seed(seed))
        found = keypoint_of_spot(spot())
        assert equivariance_loss(found, keypoint_of_spot(warp.warp_image(spot())), warp) < 3e-3


def test_equivariance_of_a_detector_that_ignores_the_picture_is_the_known_shift() -> None:
    still = torch.zeros(1, 4, 3)
    assert float(equivariance_loss(still, still, shift_right(0.2))) == pytest.approx(0.1)


def test_equivariance_knows_the_direction() -> None:
    """A detector that moves the wrong way is worse than one that stays."""
    keypoints = torch.zeros(1, 1, 3)
    offset = torch.tensor([[[0.2, 0.0, 0.0]]])
    right = equivariance_loss(keypoints, keypoints - offset, shift_right(0.2))
    wrong = equivariance_loss(keypoints, keypoints + offset, shift_right(0.2))
    assert float(right) == pytest.approx(0.0, abs=1e-6)
    assert float(wrong) == pytest.approx(0.2)


def test_equivariance_ignores_depth() -> None:
    keypoints, other = torch.zeros(1, 3, 3), torch.zeros(1, 3, 3)
    other[..., 2] = 5.0
    assert float(equivariance_loss(keypoints, other, shift_right(0.0))) == 0.0


def test_prior_of_spread_keypoints_at_the_right_depth_is_zero() -> None:
    keypoints = torch.tensor([[[0.0, 0.0, 0.33], [1.0, 0.0, 0.33], [0.0, 1.0, 0.33]]])
    assert float(keypoint_prior_loss(keypoints)) == pytest.approx(0.0, abs=1e-6)


def test_prior_by_hand() -> None:
    """Two points 0.2 apart fall short by 0.1 - 0.04 in both orders; the depth is off by 0.33."""
    keypoints = torch.tensor([[[0.0, 0.0, 0.0], [0.2, 0.0, 0.0]]])
    assert float(keypoint_prior_loss(keypoints)) == pytest.approx(2 * 0.06 + 0.33)


def test_prior_does_not_count_a_point_against_itself() -> None:
    assert float(keypoint_prior_loss(torch.tensor([[[0.0, 0.0, 0.33]]]))) == pytest.approx(0.0, abs=1e-6)


def test_deformation_and_canonical_losses_by_hand() -> None:
    assert float(deformation_prior_loss(torch.tensor([[[0.3, -0.6, 0.0]]]))) == pytest.approx(0.3)
    ones = torch.ones(2, 4, 3)
    assert float(canonical_agreement_loss(ones, ones * 0.75)) == pytest.approx(0.25)
