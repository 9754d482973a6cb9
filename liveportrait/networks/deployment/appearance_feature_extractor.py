"""The appearance feature extractor as it runs: norms folded."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from liveportrait.networks.appearance_feature_extractor import Appearance, AppearanceFeatureExtractor
from liveportrait.networks.blocks import DownBlock2d, ResidualBlock3d
from liveportrait.networks.deployment.folding import block2d, conv3d, each, with_norm
from liveportrait.ops.precision import full_precision
from liveportrait.tensors import FeatureVolume, ImageBatch


class DeployedAppearanceFeatureExtractor(nn.Module):
    """Equal to `AppearanceFeatureExtractor`."""

    def __init__(self, extractor: AppearanceFeatureExtractor) -> None:
        super().__init__()
        self.config = extractor.config
        self.stem = block2d(extractor.stem)
        self.down_convs = nn.ModuleList(
            block2d(down.block) for down in each(extractor.down_blocks, DownBlock2d)
        )
        self.to_volume = extractor.to_volume
        self.residual_blocks = nn.ModuleList(
            DeployedResidualBlock3d(block) for block in each(extractor.residual_blocks, ResidualBlock3d)
        )

    def forward(self, image: ImageBatch) -> Appearance:
        pixels = image.to(self.stem.weight.dtype)
        levels = [F.relu(self.stem(F.pixel_unshuffle(pixels, self.config.unshuffle)))]
        for conv in self.down_convs:
            levels.append(F.avg_pool2d(F.relu(conv(levels[-1])), 2))
        volume = self.to_volume(levels[-1]).unflatten(
            1, (self.config.volume_channels, self.config.volume_depth)
        )
        for block in self.residual_blocks:
            volume = block(volume)
        finer = (image, *(full_precision(level) for level in levels))[: self.config.num_details]
        return Appearance(full_precision(volume), tuple(reversed(finer)))


class DeployedResidualBlock3d(nn.Module):
    """Equal to `ResidualBlock3d`; the first norm has a ReLU between it and the convolution, so it stays."""

    def __init__(self, block: ResidualBlock3d) -> None:
        super().__init__()
        self.norm = Affine(block.norm1)
        self.conv1 = conv3d(*with_norm(block.conv1, block.norm2))
        self.conv2 = block.conv2

    def forward(self, volume: FeatureVolume) -> FeatureVolume:
        inner = F.relu(self.norm(volume))
        return volume + self.conv2(F.relu(self.conv1(inner)))


class Affine(nn.Module):
    """A norm whose statistics are fixed, as one scale and one shift a channel."""

    gain: Tensor
    shift: Tensor

    def __init__(self, norm: nn.BatchNorm3d) -> None:
        super().__init__()
        assert norm.running_mean is not None and norm.running_var is not None
        gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        self.register_buffer("gain", gain.view(-1, 1, 1, 1))
        self.register_buffer("shift", (norm.bias - norm.running_mean * gain).view(-1, 1, 1, 1))

    def forward(self, volume: FeatureVolume) -> FeatureVolume:
        return volume * self.gain.to(volume.dtype) + self.shift.to(volume.dtype)
