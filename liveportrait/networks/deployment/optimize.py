"""From trained networks to the form in which they run.

What depends on the source alone is a stage of its own and runs once a source: the feature volume and the
details. Rendering computes three more things of the source alone: the compressed volume, the proposal that
the background stays, and what that adds to the hourglass' first and last convolution. They are 0.3 % of the
multiply-accumulates of `human` and 0.6 % of `mini`. They are not kept: as 206 maps of the volume's size in
fp32 `human` would read 54 MB more in every frame. By the roofline of an RTX 4090 (computed, not measured)
reading them takes 54 us, in fp16 27, and computing them anew 18.
"""

import copy

import torch
from torch import nn

from liveportrait.networks.deployment.appearance_feature_extractor import DeployedAppearanceFeatureExtractor
from liveportrait.networks.deployment.spade_generator import DeployedSpadeGenerator
from liveportrait.networks.deployment.warping_network import DeployedWarpingNetwork
from liveportrait.networks.presets import PortraitNetworks
from liveportrait.ops.mask_warp import VolumeSampler
from liveportrait.ops.sampling import sample_volume

_CONVOLUTIONS = (nn.Conv2d, nn.Conv3d, nn.ConvTranspose2d, nn.ConvTranspose3d)

_FULL_PRECISION = ("dense_motion.compress", "dense_motion.occlusion.sum")
"""Tiny convolutions among what is fp32 anyway."""


def optimize(
    networks: PortraitNetworks,
    *,
    feature_dtype: torch.dtype = torch.float32,
    sample_volume: VolumeSampler = sample_volume,
) -> PortraitNetworks:
    """The same networks with appearance, warping and generator rewritten: equal outputs, fewer operations.

    Features and weights take `feature_dtype`; coordinates, softmax and statistics stay in the
    precision of the networks, and so do all inputs and outputs. `sample_volume` is the form of
    3D sampling that the engine has. The given networks stay as they are.
    """
    deployed = copy.deepcopy(networks).eval().requires_grad_(requires_grad=False)
    rewritten = {
        "appearance_feature_extractor": DeployedAppearanceFeatureExtractor(
            deployed.appearance_feature_extractor
        ),
        "warping_network": DeployedWarpingNetwork(deployed.warping_network, sample_volume=sample_volume),
        "spade_generator": DeployedSpadeGenerator(deployed.spade_generator),
    }
    for name, network in rewritten.items():
        _cast_features(network, feature_dtype)
        deployed.add_module(name, network)
    return deployed


def _cast_features(network: nn.Module, dtype: torch.dtype) -> None:
    for name, layer in network.named_modules():
        if isinstance(layer, _CONVOLUTIONS) and name not in _FULL_PRECISION:
            layer.to(dtype)
