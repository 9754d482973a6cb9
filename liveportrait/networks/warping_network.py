"""The source's appearance, moved to where the driving keypoints are."""

from dataclasses import dataclass
from typing import NamedTuple

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from liveportrait.networks.appearance_feature_extractor import Appearance, AppearanceConfig, detail_channels
from liveportrait.networks.dense_motion import DenseMotionConfig, DenseMotionNetwork
from liveportrait.networks.detail_warp import DetailConfig, DetailWarp
from liveportrait.ops.sampling import sample_volume
from liveportrait.tensors import FeatureMap, Keypoints

PROJECTION_SLOPE = 0.01
"""Of the leaky ReLU behind the projection; the generator's is steeper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarpingConfig:
    """Sizes of the warping network."""

    dense_motion: DenseMotionConfig = DenseMotionConfig()
    output_channels: int = 256
    projection_width: int = 256
    detail: DetailConfig | None = None
    """The fine path; None in the released models."""


class Warped(NamedTuple):
    """What the generator draws from, and the motion that led there."""

    feature: FeatureMap
    details: tuple[FeatureMap, ...]
    """Moved details, coarsest first, the picture last; empty without a fine path."""
    deformation: Float[Tensor, "b d h w 3"]
    occlusion_map: Float[Tensor, "b 1 h w"]


class WarpingNetwork(nn.Module):
    """Dense motion, warp, projection from the volume to a feature map (paper, section 3.1)."""

    def __init__(self, config: WarpingConfig, *, appearance: AppearanceConfig, num_keypoints: int) -> None:
        super().__init__()
        channels, depth = appearance.volume_channels, appearance.volume_depth
        self.dense_motion = DenseMotionNetwork(
            config.dense_motion, num_keypoints=num_keypoints, volume_channels=channels, volume_depth=depth
        )
        self.projection = nn.Conv2d(channels * depth, config.projection_width, 3, padding=1)
        self.projection_norm = nn.BatchNorm2d(config.projection_width)
        self.output = nn.Conv2d(config.projection_width, config.output_channels, 1)
        self.detail_warp = config.detail and DetailWarp(
            config.detail,
            num_keypoints=num_keypoints,
            detail_channels=detail_channels(appearance),
            hidden_channels=self.dense_motion.hourglass.out_channels * depth,
            volume_depth=depth,
        )

    def forward(self, appearance: Appearance, kp_driving: Keypoints, kp_source: Keypoints) -> Warped:
        motion = self.dense_motion(appearance.volume, kp_driving, kp_source)
        moved = sample_volume(appearance.volume, motion.deformation).flatten(1, 2)
        projected = F.leaky_relu(self.projection_norm(self.projection(moved)), PROJECTION_SLOPE)
        feature = self.output(projected) * motion.occlusion_map
        details: tuple[FeatureMap, ...] = ()
        if self.detail_warp is not None:
            details = self.detail_warp(appearance.details, motion, kp_driving, kp_source).details
        return Warped(feature, details, motion.deformation, motion.occlusion_map)
