"""From the warped feature to the picture."""

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import nn

from liveportrait.networks.detail_decoder import DetailDecoder, Drawn
from liveportrait.networks.warping_network import Warped
from liveportrait.ops.precision import full_precision
from liveportrait.tensors import FeatureMap, ImageBatch

SLOPE = 0.2
"""Of every leaky ReLU in the generator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorConfig:
    """Sizes of the generator."""

    middle_width: int = 512
    num_middle_blocks: int = 6
    up_widths: tuple[int, ...] = (256, 64)
    """Channels after each doubling of the size."""
    modulation_width: int = 128
    decoder_width: int = 0
    """Channels of the detail decoder that draws the last two doublings; 0 where there are no details."""


class SpadeGenerator(nn.Module):
    """SPADE residual blocks that keep looking at the warped feature (paper, section 3.1)."""

    def __init__(
        self, config: GeneratorConfig, *, feature_channels: int, detail_channels: tuple[int, ...] = ()
    ) -> None:
        super().__init__()
        label = {"label_channels": feature_channels, "hidden": config.modulation_width}
        self.input = nn.Conv2d(feature_channels, config.middle_width, 3, padding=1)
        self.middle_blocks = nn.ModuleList(
            SpadeResidualBlock(config.middle_width, config.middle_width, **label)
            for _ in range(config.num_middle_blocks)
        )
        widths = (config.middle_width, *config.up_widths)
        self.up_blocks = nn.ModuleList(
            SpadeResidualBlock(wide, narrow, **label) for wide, narrow in pairwise(widths)
        )
        self.output = (
            DetailDecoder(widths[-1], detail_channels=detail_channels, width=config.decoder_width)
            if detail_channels
            else PixelShuffleOutput(widths[-1])
        )

    def forward(self, warped: Warped) -> ImageBatch:
        return self.draw(warped).image

    def draw(self, warped: Warped) -> Drawn:
        """The picture, and where it was drawn."""
        features = self.input(warped.feature)
        for block in self.middle_blocks:
            features = block(features, warped.feature)
        for block in self.up_blocks:
            features = block(F.interpolate(features, scale_factor=2.0, mode="nearest"), warped.feature)
        return self.output.draw(features, warped.details)


class PixelShuffleOutput(nn.Module):
    """The last doubling of the released models: four pixels from every position."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, 12, 3, padding=1)

    def forward(self, features: FeatureMap, details: tuple[FeatureMap, ...]) -> ImageBatch:
        return self.draw(features, details).image

    def draw(self, features: FeatureMap, _details: tuple[FeatureMap, ...]) -> Drawn:
        drawn = F.pixel_shuffle(self.conv(F.leaky_relu(features, SLOPE)), 2)
        return Drawn(torch.sigmoid(full_precision(drawn)), None)


class SpadeResidualBlock(nn.Module):
    """Two modulated convolutions; where the width changes, the shortcut is modulated too."""

    def __init__(self, in_channels: int, out_channels: int, *, label_channels: int, hidden: int) -> None:
        super().__init__()
        middle = min(in_channels, out_channels)
        self.norm0 = Spade(in_channels, label_channels=label_channels, hidden=hidden)
        self.conv0 = nn.Conv2d(in_channels, middle, 3, padding=1)
        self.norm1 = Spade(middle, label_channels=label_channels, hidden=hidden)
        self.conv1 = nn.Conv2d(middle, out_channels, 3, padding=1)
        self.shortcut: SpadeShortcut | None = None
        if in_channels != out_channels:
            self.shortcut = SpadeShortcut(in_channels, out_channels, label_channels, hidden)

    def forward(self, features: FeatureMap, label: FeatureMap) -> FeatureMap:
        inner = self.conv0(F.leaky_relu(self.norm0(features, label), SLOPE))
        inner = self.conv1(F.leaky_relu(self.norm1(inner, label), SLOPE))
        return inner + (features if self.shortcut is None else self.shortcut(features, label))


class SpadeShortcut(nn.Module):
    """Normalised and projected, without an activation."""

    def __init__(self, in_channels: int, out_channels: int, label_channels: int, hidden: int) -> None:
        super().__init__()
        self.norm = Spade(in_channels, label_channels=label_channels, hidden=hidden)
        self.conv = nn.Conv2d(in_channels, out_channels, 1, bias=False)

    def forward(self, features: FeatureMap, label: FeatureMap) -> FeatureMap:
        return self.conv(self.norm(features, label))


class Spade(nn.Module):
    """Spatially adaptive normalisation (Park et al. 2019): scale and shift are drawn from a label map."""

    def __init__(self, channels: int, *, label_channels: int, hidden: int) -> None:
        super().__init__()
        self.shared = nn.Conv2d(label_channels, hidden, 3, padding=1)
        self.gamma = nn.Conv2d(hidden, channels, 3, padding=1)
        self.beta = nn.Conv2d(hidden, channels, 3, padding=1)

    def forward(self, features: FeatureMap, label: FeatureMap) -> FeatureMap:
        if label.shape[-2:] != features.shape[-2:]:
            label = F.interpolate(label, size=features.shape[-2:], mode="nearest")
        modulation = F.relu(self.shared(label))
        normalised = F.instance_norm(features, eps=1e-5)
        return normalised * (1 + self.gamma(modulation)) + self.beta(modulation)
