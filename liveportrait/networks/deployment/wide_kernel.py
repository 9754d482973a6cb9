"""A large kernel with a single output channel, without computing fifteen channels that nobody reads."""

import torch
from torch import nn

from liveportrait.networks.deployment.folding import conv2d
from liveportrait.ops.precision import full_precision
from liveportrait.tensors import FeatureMap


class ConvByRows(nn.Module):
    """Equal to a convolution with one output channel.

    CPUs and tensor cores compute 16 output channels at least. So the rows of the kernel become
    channels; a second, tiny convolution adds up what each row saw at its own height, in fp32.
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        assert conv.out_channels == 1
        height = conv.weight.shape[2]
        self.rows = conv2d(conv.weight[0].transpose(0, 1).unsqueeze(2), None)
        self.sum = conv2d(torch.eye(height).to(conv.weight).view(1, height, height, 1), conv.bias)

    def forward(self, features: FeatureMap) -> FeatureMap:
        return self.sum(full_precision(self.rows(features)))
