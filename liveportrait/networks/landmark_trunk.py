"""The convolutional trunk of Google's face landmark network.

It reads a face crop and is small (0.46 M parameters) and quick, so it also serves as the
backbone of the small motion extractor, which starts from its weights.

Structure read off the published network's graph (MediaPipe Face Landmarker, Apache-2.0).
"""

from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

from liveportrait.tensors import FeatureMap, ImageBatch

STAGE_CHANNELS = (16, 32, 64, 128, 128, 128, 128)
"""Width at 1/2, 1/4, ... 1/128 of the input size."""

BLOCKS_PER_STAGE = 4


class ResidualBlock(nn.Module):
    """Squeeze, look around, expand, add; with stride 2 it halves the size and may widen."""

    def __init__(self, in_channels: int, out_channels: int, *, stride: int = 1) -> None:
        super().__init__()
        hidden = out_channels // 2
        self.squeeze = nn.Conv2d(in_channels, hidden, stride, stride=stride)
        self.squeeze_activation = nn.PReLU(hidden)
        self.depthwise = nn.Conv2d(hidden, hidden, 3, padding=1, groups=hidden, bias=False)
        self.expand = nn.Conv2d(hidden, out_channels, 1)
        self.activation = nn.PReLU(out_channels)
        self.stride = stride
        self.extra_channels = out_channels - in_channels

    def forward(self, features: Tensor) -> Tensor:
        residual = self.expand(self.depthwise(self.squeeze_activation(self.squeeze(features))))
        return self.activation(self._shortcut(features) + residual)

    def _shortcut(self, features: Tensor) -> Tensor:
        if self.stride > 1:
            features = F.max_pool2d(features, self.stride)
        if self.extra_channels > 0:
            features = F.pad(features, (0, 0, 0, 0, 0, self.extra_channels))
        return features


class FaceLandmarkTrunk(nn.Module):
    """Image to features: (B, 3, H, W) in 0..1 to (B, 128, H / 128, W / 128), so 2x2 for 256.

    H and W are multiples of 128. Nothing in it depends on the size.
    """

    out_channels = STAGE_CHANNELS[-1]

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, STAGE_CHANNELS[0], 3, stride=2)
        self.stem_activation = nn.PReLU(STAGE_CHANNELS[0])
        self.blocks = nn.Sequential(*_stages())

    def forward(self, image: ImageBatch) -> FeatureMap:
        # The original pads an even side by one pixel at its far end only.
        padded = F.pad(image, (0, 1, 0, 1))
        return self.blocks(self.stem_activation(self.stem(padded)))


def _stages() -> list[ResidualBlock]:
    blocks = [ResidualBlock(STAGE_CHANNELS[0], STAGE_CHANNELS[0]) for _ in range(BLOCKS_PER_STAGE)]
    for narrow, wide in pairwise(STAGE_CHANNELS):
        blocks.append(ResidualBlock(narrow, wide, stride=2))
        blocks.extend(ResidualBlock(wide, wide) for _ in range(BLOCKS_PER_STAGE))
    return blocks
