"""The warping network as it runs."""

import torch.nn.functional as F
from torch import nn

from liveportrait.networks.appearance_feature_extractor import Appearance
from liveportrait.networks.deployment.dense_motion import DeployedDenseMotion
from liveportrait.networks.deployment.detail_warp import DeployedDetailWarp
from liveportrait.networks.deployment.folding import conv2d, with_norm
from liveportrait.networks.warping_network import PROJECTION_SLOPE, Warped, WarpingNetwork
from liveportrait.ops.mask_warp import VolumeSampler
from liveportrait.tensors import FeatureMap, Keypoints


class DeployedWarpingNetwork(nn.Module):
    """Equal to `WarpingNetwork`; `sample_volume` is the form of 3D sampling that the engine has."""

    def __init__(self, network: WarpingNetwork, *, sample_volume: VolumeSampler) -> None:
        super().__init__()
        self.dense_motion = DeployedDenseMotion(network.dense_motion, sample_volume=sample_volume)
        self.projection = conv2d(*with_norm(network.projection, network.projection_norm))
        self.output = network.output
        self.detail_warp = network.detail_warp and DeployedDetailWarp(network.detail_warp)

    def forward(self, appearance: Appearance, kp_driving: Keypoints, kp_source: Keypoints) -> Warped:
        motion = self.dense_motion(appearance.volume, kp_driving, kp_source)
        moved = motion.volume.flatten(1, 2).to(motion.hidden.dtype)
        projected = F.leaky_relu(self.projection(moved), PROJECTION_SLOPE)
        feature = self.output(projected) * motion.occlusion_map.to(projected.dtype)
        details: tuple[FeatureMap, ...] = ()
        if self.detail_warp is not None:
            details = self.detail_warp(appearance.details, motion, kp_driving, kp_source).details
        return Warped(feature, details, motion.deformation, motion.occlusion_map)
