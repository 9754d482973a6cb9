"""Large kernels with few output channels, without computing channels that nobody reads.

CPUs and tensor cores compute 16 or 32 output channels at least, and nobody tunes them for large
3D kernels. So one axis of the kernel becomes more channels of a smaller kernel; then what
each of its taps saw is added up, in fp32.
"""

import torch
import torch.nn.functional as F
from torch import nn

from liveportrait.networks.deployment.folding import bias_of, conv2d
from liveportrait.ops.precision import full_precision
from liveportrait.tensors import FeatureMap, FeatureVolume


class ConvByRows(nn.Module):
    """Equal to a 2D convolution with one output channel; the rows of its kernel are channels."""

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        assert conv.out_channels == 1
        height = conv.weight.shape[2]
        self.rows = conv2d(conv.weight[0].transpose(0, 1).unsqueeze(2), None)
        self.sum = conv2d(torch.eye(height).to(conv.weight).view(1, height, height, 1), conv.bias)

    def forward(self, features: FeatureMap) -> FeatureMap:
        return self.sum(full_precision(self.rows(features)))


class ConvByDepth(nn.Module):
    """Equal to a 3D convolution; the depths of its kernel are channels of a 2D one over every slice."""

    def __init__(self, conv: nn.Conv3d) -> None:
        super().__init__()
        self.kernel_depth = conv.weight.shape[2]
        self.slices = conv2d(conv.weight.transpose(1, 2).transpose(0, 1).flatten(0, 1), None)
        self.bias = nn.Parameter(bias_of(conv).clone().view(-1, 1, 1, 1), requires_grad=False)

    def forward(self, volume: FeatureVolume) -> FeatureVolume:
        batch, _, depth = volume.shape[:3]
        by_slice = self.slices(volume.transpose(1, 2).flatten(0, 1))
        seen = full_precision(by_slice).unflatten(1, (self.kernel_depth, -1)).unflatten(0, (batch, depth))
        # Slice z is read by what lies up to half a kernel in front of it and behind it.
        reach = self.kernel_depth // 2
        seen = F.pad(seen, (0, 0, 0, 0, 0, 0, 0, 0, reach, reach))
        total = self.bias.transpose(0, 1)
        for tap in range(self.kernel_depth):
            total = total + seen[:, tap : tap + depth, tap]
        return total.transpose(1, 2)
