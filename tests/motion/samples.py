"""Motions, openings and small networks made up for tests."""

import torch
from torch import Tensor

from liveportrait.motion.openings import Openings
from liveportrait.motion.retargeting import apply_stitching
from liveportrait.motion.rotation import rotation_from_degrees
from liveportrait.motion.state import Motion
from liveportrait.tensors import Keypoints


def random_motion(*, seed: int, num_frames: int = 1, num_keypoints: int = 21) -> Motion:
    """A head like any other: plausible sizes, different in every frame."""
    numbers = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(num_frames, *shape, generator=numbers)

    return Motion(
        rotation=rotation_from_degrees(pitch=8 * normal(), yaw=12 * normal(), roll=6 * normal()),
        expression=0.02 * normal(num_keypoints, 3),
        scale=1.4 + 0.05 * normal(1),
        translation=0.05 * normal(3),
        canonical_keypoints=0.25
        * torch.randn(1, num_keypoints, 3, generator=numbers).expand(num_frames, -1, -1),
    )


def random_openings(*, seed: int, num_frames: int = 1) -> Openings:
    numbers = torch.Generator().manual_seed(seed)
    return Openings(
        eyes=0.2 + 0.2 * torch.rand(num_frames, 2, generator=numbers),
        lips=0.1 + 0.2 * torch.rand(num_frames, 1, generator=numbers),
    )


class LinearRetargeter:
    """Small networks of one linear layer each."""

    def __init__(self, *, seed: int, num_keypoints: int = 21) -> None:
        numbers = torch.Generator().manual_seed(seed)
        flat = 3 * num_keypoints
        self.stitching = 0.01 * torch.randn(2 * flat, flat + 2, generator=numbers)
        self.eyes = 0.01 * torch.randn(flat + 3, flat, generator=numbers)
        self.lips = 0.01 * torch.randn(flat + 2, flat, generator=numbers)

    def stitch(self, kp_source: Keypoints, kp_driving: Keypoints) -> Keypoints:
        both = torch.cat([kp_source.flatten(1), kp_driving.flatten(1)], dim=1)
        return apply_stitching(kp_driving, both @ self.stitching)

    def eye_offsets(self, kp_source: Keypoints, ratios: Tensor) -> Keypoints:
        return (torch.cat([kp_source.flatten(1), ratios], dim=1) @ self.eyes).view_as(kp_source)

    def lip_offsets(self, kp_source: Keypoints, ratios: Tensor) -> Keypoints:
        return (torch.cat([kp_source.flatten(1), ratios], dim=1) @ self.lips).view_as(kp_source)


class UnaskedRetargeter:
    """Small networks that nobody may ask."""

    def stitch(self, kp_source: Keypoints, kp_driving: Keypoints) -> Keypoints:
        raise AssertionError("stitching was asked")

    def eye_offsets(self, kp_source: Keypoints, ratios: Tensor) -> Keypoints:
        raise AssertionError("the eye network was asked")

    def lip_offsets(self, kp_source: Keypoints, ratios: Tensor) -> Keypoints:
        raise AssertionError("the lip network was asked")
