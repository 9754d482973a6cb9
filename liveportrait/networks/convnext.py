"""ConvNeXt V2 (Woo et al. 2023), the backbone of the released motion extractors."""

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from liveportrait.tensors import ImageBatch


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvNextConfig:
    """Sizes of the backbone; the defaults are the Tiny model."""

    depths: tuple[int, ...] = (3, 3, 9, 3)
    widths: tuple[int, ...] = (96, 192, 384, 768)

    @property
    def num_features(self) -> int:
        return self.widths[-1]


class ConvNext(nn.Module):
    """From a picture to one feature vector: four stages, mean over the picture, layer norm."""

    def __init__(self, config: ConvNextConfig) -> None:
        super().__init__()
        widths = config.widths
        self.downsample = nn.ModuleList(
            [nn.Sequential(nn.Conv2d(3, widths[0], 4, stride=4), ChannelLayerNorm(widths[0]))]
        )
        for narrow, wide in pairwise(widths):
            self.downsample.append(
                nn.Sequential(ChannelLayerNorm(narrow), nn.Conv2d(narrow, wide, 2, stride=2))
            )
        self.stages = nn.ModuleList(
            nn.Sequential(*(ConvNextBlock(width) for _ in range(depth)))
            for depth, width in zip(config.depths, widths, strict=True)
        )
        self.norm = nn.LayerNorm(widths[-1], eps=1e-6)

    def forward(self, image: ImageBatch) -> Float[Tensor, "b f"]:
        features = image
        for downsample, stage in zip(self.downsample, self.stages, strict=True):
            features = stage(downsample(features))
        return self.norm(features.mean((-2, -1)))


class ConvNextBlock(nn.Module):
    """Depthwise 7x7, then a four times wider layer with global response normalisation."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, 7, padding=3, groups=channels)
        self.norm = nn.LayerNorm(channels, eps=1e-6)
        self.expand = nn.Linear(channels, 4 * channels)
        self.response_norm = GlobalResponseNorm(4 * channels)
        self.project = nn.Linear(4 * channels, channels)

    def forward(self, features: Tensor) -> Tensor:
        inner = self.norm(self.depthwise(features).permute(0, 2, 3, 1))
        inner = self.project(self.response_norm(F.gelu(self.expand(inner))))
        return features + inner.permute(0, 3, 1, 2)


class GlobalResponseNorm(nn.Module):
    """Channels compete by their energy over the picture; channels last, with its own residual."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1, 1, 1, channels))
        self.beta = nn.Parameter(torch.zeros(1, 1, 1, channels))

    def forward(self, features: Tensor) -> Tensor:
        # The sum of squares runs over thousands of positions: half precision overflows.
        energy = torch.linalg.vector_norm(features.float(), dim=(1, 2), keepdim=True)
        share = energy / (energy.mean(-1, keepdim=True) + 1e-6)
        return self.gamma * (features * share.to(features.dtype)) + self.beta + features


class ChannelLayerNorm(nn.Module):
    """Layer norm over the channels of channels-first features."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels, eps=1e-6)

    def forward(self, features: Tensor) -> Tensor:
        return self.norm(features.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
