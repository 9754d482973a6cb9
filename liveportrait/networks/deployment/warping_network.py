"""The warping network as it runs."""

from collections.abc import Callable
from typing import TypeAlias

import torch.nn.functional as F
from torch import Tensor, nn

from liveportrait.networks.appearance_feature_extractor import Appearance
from liveportrait.networks.deployment.dense_motion import DeployedDenseMotion
from liveportrait.networks.deployment.detail_warp import DeployedDetailWarp
from liveportrait.networks.deployment.folding import conv2d, with_norm
from liveportrait.networks.warping_network import PROJECTION_SLOPE, Warped, WarpingNetwork
from liveportrait.tensors import FeatureMap, Keypoints

VolumeSampler: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""As `ops.sampling.sample_volume`: a volume at a grid."""


class DeployedWarpingNetwork(nn.Module):
    """Equal to `WarpingNetwork`; `sample_volume` is the form of 3D sampling that the engine has."""

    def __init__(self, network: WarpingNetwork, *, sample_volume: VolumeSampler) -> None:
        super().__init__()
        self.dense_motion = DeployedDenseMotion(network.dense_motion)
        self.projection = conv2d(*with_norm(network.projection, network.projection_norm))
        self.output = network.output
        self.detail_warp = network.detail_warp and DeployedDetailWarp(network.detail_warp)
        self.sample_volume = sample_volume

    def forward(self, appearance: Appearance, kp_driving: Keypoints, kp_source: Keypoints) -> Warped:
        motion = self.dense_motion(appearance.volume, kp_driving, kp_source)
        moved = self.sample_volume(appearance.volume, motion.deformation).flatten(1, 2)
        projected = F.leaky_relu(self.projection(moved.to(motion.hidden.dtype)), PROJECTION_SLOPE)
        feature = self.output(projected) * motion.occlusion_map.to(projected.dtype)
        details: tuple[FeatureMap, ...] = ()
        if self.detail_warp is not None:
            details = self.detail_warp(appearance.details, motion, kp_driving, kp_source).details
        return Warped(feature, details, motion.deformation, motion.occlusion_map)
