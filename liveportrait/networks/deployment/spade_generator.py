"""The SPADE generator as it runs: shared branches, folded shortcuts, convolutions on small inputs."""

import torch
import torch.nn.functional as F
from torch import nn

from liveportrait.networks.deployment.folding import bias_of, conv2d, each, side_by_side, upsampled_conv2d
from liveportrait.networks.spade_generator import SLOPE, Spade, SpadeGenerator, SpadeResidualBlock
from liveportrait.networks.warping_network import Warped
from liveportrait.ops.modulation import modulate, normalise
from liveportrait.tensors import FeatureMap, ImageBatch


class DeployedSpadeGenerator(nn.Module):
    """Equal to `SpadeGenerator`."""

    def __init__(self, generator: SpadeGenerator) -> None:
        super().__init__()
        middle_blocks = each(generator.middle_blocks, SpadeResidualBlock)
        shared = [norm.shared for block in middle_blocks for norm in (block.norm0, block.norm1)]
        self.input = generator.input
        self.hidden = side_by_side(shared)
        """The hidden maps of all middle blocks: they read one label at one size."""
        self.middle_blocks = nn.ModuleList(MiddleBlock(block) for block in middle_blocks)
        self.up_blocks = nn.ModuleList(
            UpBlock(block, factor=2 ** (level + 1))
            for level, block in enumerate(each(generator.up_blocks, SpadeResidualBlock))
        )
        self.output = generator.output

    def forward(self, warped: Warped) -> ImageBatch:
        label = warped.feature
        features = self.input(label)
        hidden = list(F.relu(self.hidden(label)).chunk(2 * len(self.middle_blocks), 1))
        for block in self.middle_blocks:
            features = block(features, hidden.pop(0), hidden.pop(0))
        for block in self.up_blocks:
            features = block(features, label)
        return self.output(features, warped.details)


class MiddleBlock(nn.Module):
    """A residual block that keeps size and width; its hidden maps come from outside."""

    def __init__(self, block: SpadeResidualBlock) -> None:
        super().__init__()
        assert block.shortcut is None
        self.modulation0, self.modulation1 = Modulation(block.norm0), Modulation(block.norm1)
        self.conv0, self.conv1 = block.conv0, block.conv1

    def forward(self, features: FeatureMap, hidden0: FeatureMap, hidden1: FeatureMap) -> FeatureMap:
        inner = self.conv0(self.modulation0(features, hidden0))
        return features + self.conv1(self.modulation1(inner, hidden1))


class UpBlock(nn.Module):
    """A residual block behind a doubling of the size; the label is `factor` times smaller than its output.

    Repetition changes neither mean nor variance, so features are normalised while they are small,
    once for both branches. The shortcut has no activation, so its shift is projected beforehand.
    """

    def __init__(self, block: SpadeResidualBlock, *, factor: int) -> None:
        super().__init__()
        assert block.shortcut is not None
        norms = (block.norm0, block.norm1, block.shortcut.norm)
        self.hidden = upsampled_conv2d(side_by_side([norm.shared for norm in norms]), factor)
        self.modulation0, self.modulation1 = Modulation(block.norm0), Modulation(block.norm1)
        self.conv0, self.conv1 = block.conv0, block.conv1
        self.shortcut_gain = _gain_of(block.shortcut.norm)
        self.projection = block.shortcut.conv
        self.shortcut_shift = _projected(block.shortcut.norm.beta, block.shortcut.conv)

    def forward(self, features: FeatureMap, label: FeatureMap) -> FeatureMap:
        hidden0, hidden1, hidden_shortcut = F.relu(self.hidden(label)).chunk(3, 1)
        inner = self.conv0(self.modulation0(features, hidden0))
        inner = self.conv1(self.modulation1(inner, hidden1))
        enlarged = F.interpolate(normalise(features), scale_factor=2.0, mode="nearest")
        shortcut = self.projection(enlarged * self.shortcut_gain(hidden_shortcut))
        return inner + shortcut + self.shortcut_shift(hidden_shortcut)


class Modulation(nn.Module):
    """A norm whose scale and shift are drawn from its hidden map, and the activation behind it."""

    def __init__(self, norm: Spade) -> None:
        super().__init__()
        self.gain, self.shift = _gain_of(norm), norm.beta

    def forward(self, features: FeatureMap, hidden: FeatureMap) -> FeatureMap:
        return modulate(features, self.gain(hidden), self.shift(hidden), slope=SLOPE)


def _gain_of(norm: Spade) -> nn.Conv2d:
    """One plus gamma, in one convolution."""
    return conv2d(norm.gamma.weight, bias_of(norm.gamma) + 1)


def _projected(conv: nn.Conv2d, projection: nn.Conv2d) -> nn.Conv2d:
    """A convolution and the 1x1 projection behind it as one."""
    matrix = projection.weight.flatten(1)
    weight = torch.einsum("oc,cihw->oihw", matrix, conv.weight)
    return conv2d(weight, matrix @ bias_of(conv))
