"""Building blocks that several networks share."""

import torch.nn.functional as F
from torch import Tensor, nn


class ConvBlock2d(nn.Module):
    """Convolution, batch norm, ReLU."""

    def __init__(self, in_channels: int, out_channels: int, *, kernel: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel, padding=kernel // 2)
        self.norm = nn.BatchNorm2d(out_channels)

    def forward(self, features: Tensor) -> Tensor:
        return F.relu(self.norm(self.conv(features)))


class DownBlock2d(nn.Module):
    """A convolution block, then half the size by averaging."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.block = ConvBlock2d(in_channels, out_channels)

    def forward(self, features: Tensor) -> Tensor:
        return F.avg_pool2d(self.block(features), 2)


class ConvBlock3d(nn.Module):
    """Convolution, batch norm, ReLU over a volume."""

    def __init__(self, in_channels: int, out_channels: int, *, kernel: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv3d(in_channels, out_channels, kernel, padding=kernel // 2)
        self.norm = nn.BatchNorm3d(out_channels)

    def forward(self, volume: Tensor) -> Tensor:
        return F.relu(self.norm(self.conv(volume)))


class DownBlock3d(nn.Module):
    """A convolution block, then half the height and width; the depth stays."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.block = ConvBlock3d(in_channels, out_channels)

    def forward(self, volume: Tensor) -> Tensor:
        return F.avg_pool3d(self.block(volume), (1, 2, 2))


class UpBlock3d(nn.Module):
    """Twice the height and width by repetition, then a convolution block; the depth stays."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.block = ConvBlock3d(in_channels, out_channels)

    def forward(self, volume: Tensor) -> Tensor:
        return self.block(F.interpolate(volume, scale_factor=(1.0, 2.0, 2.0), mode="nearest"))


class ResidualBlock3d(nn.Module):
    """Two pre-activated convolutions beside the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm3d(channels)
        self.conv1 = nn.Conv3d(channels, channels, 3, padding=1)
        self.norm2 = nn.BatchNorm3d(channels)
        self.conv2 = nn.Conv3d(channels, channels, 3, padding=1)

    def forward(self, volume: Tensor) -> Tensor:
        inner = self.conv1(F.relu(self.norm1(volume)))
        return volume + self.conv2(F.relu(self.norm2(inner)))
