"""What the source looks like: a 3D feature volume, and for small models the finer details beside it."""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import torch.nn.functional as F
from torch import nn

from liveportrait.networks.blocks import ConvBlock2d, DownBlock2d, ResidualBlock3d
from liveportrait.tensors import FeatureMap, FeatureVolume, ImageBatch


@dataclass(frozen=True, slots=True, kw_only=True)
class AppearanceConfig:
    """Sizes of the appearance feature extractor."""

    unshuffle: int = 1
    """Fold this many pixels a side into channels before the first convolution; 2 costs a quarter."""
    width: int = 64
    num_down_blocks: int = 2
    max_width: int = 512
    volume_channels: int = 32
    volume_depth: int = 16
    num_residual_blocks: int = 6
    num_details: int = 0
    """How many finer levels go past the volume to the generator: 0, or the feature maps
    from the smallest up and at last the picture itself."""


class Appearance(NamedTuple):
    """The source as the warping network takes it."""

    volume: FeatureVolume
    details: tuple[FeatureMap, ...]
    """Finer features, coarsest first; the last one is the picture. Empty in the released models."""


class AppearanceFeatureExtractor(nn.Module):
    """From the source crop to its appearance (paper, section 3.1)."""

    def __init__(self, config: AppearanceConfig) -> None:
        super().__init__()
        self.config = config
        widths = [min(config.max_width, config.width * 2**i) for i in range(config.num_down_blocks + 1)]
        self.stem = ConvBlock2d(3 * config.unshuffle**2, widths[0])
        self.down_blocks = nn.ModuleList(DownBlock2d(narrow, wide) for narrow, wide in pairwise(widths))
        self.to_volume = nn.Conv2d(widths[-1], config.volume_channels * config.volume_depth, 1)
        self.residual_blocks = nn.ModuleList(
            ResidualBlock3d(config.volume_channels) for _ in range(config.num_residual_blocks)
        )

    def forward(self, image: ImageBatch) -> Appearance:
        features = self.stem(F.pixel_unshuffle(image, self.config.unshuffle))
        levels = [image, features]
        for down in self.down_blocks:
            features = down(features)
            levels.append(features)
        volume = self._volume(features)
        finer = levels[: self.config.num_details]
        return Appearance(volume, tuple(reversed(finer)))

    def _volume(self, features: FeatureMap) -> FeatureVolume:
        channels, depth = self.config.volume_channels, self.config.volume_depth
        volume = self.to_volume(features).unflatten(1, (channels, depth))
        for block in self.residual_blocks:
            volume = block(volume)
        return volume


def detail_channels(config: AppearanceConfig) -> tuple[int, ...]:
    """Channels of `Appearance.details`, in their order."""
    widths = [3, *(min(config.max_width, config.width * 2**i) for i in range(config.num_down_blocks + 1))]
    return tuple(reversed(widths[: config.num_details]))
