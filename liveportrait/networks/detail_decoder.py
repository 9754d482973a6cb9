"""The end of a small generator: it draws only what the moved source does not show."""

from typing import NamedTuple, TypeAlias

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from liveportrait.ops.precision import full_precision
from liveportrait.tensors import FeatureMap, ImageBatch

SLOPE = 0.2
FIRST_KEEP_LOGIT = 2.0
MOST_KEPT = 15 / 16
"""Of a moved pixel, in training. The rest is drawn everywhere, so colours are learned before they are
needed, and what is kept can be let go again."""


KeepLogit: TypeAlias = Float[Tensor, "b 1 h w"]
"""Its sigmoid is the share of the moved source in each pixel of the output."""


class Drawn(NamedTuple):
    """A picture, and how much of it was moved rather than drawn."""

    image: ImageBatch
    keep_logit: KeepLogit | None
    """None where the generator draws all."""


class DetailDecoder(nn.Module):
    """Joins moved details at each size and blends drawn pixels with moved ones.

    Three details come in: features at the size of the input, features at twice, and the
    moved picture at four times the size, which is that of the output.
    """

    def __init__(self, in_channels: int, *, detail_channels: tuple[int, ...], width: int) -> None:
        super().__init__()
        coarse, middle, _picture = detail_channels
        self.join = nn.Conv2d(in_channels + coarse, in_channels, 3, padding=1)
        self.enlarge = nn.Conv2d(in_channels, 4 * width, 3, padding=1)
        self.merge = nn.Conv2d(width + middle, width, 3, padding=1)
        self.blocks = nn.ModuleList(ResidualBlock(width) for _ in range(2))
        self.output = nn.Conv2d(width, 16, 3, padding=1)
        self._begin_by_showing_the_source()

    def forward(self, features: FeatureMap, details: tuple[FeatureMap, ...]) -> ImageBatch:
        return self.draw(features, details).image

    def draw(self, features: FeatureMap, details: tuple[FeatureMap, ...]) -> Drawn:
        coarse, middle, picture = details
        features = pixel_norm(features)
        features = features + self.join(torch.cat((F.leaky_relu(features, SLOPE), coarse), 1))
        features = F.pixel_shuffle(self.enlarge(F.leaky_relu(features, SLOPE)), 2)
        features = self.merge(torch.cat((features, middle.to(features.dtype)), 1))
        for block in self.blocks:
            features = block(features)
        features = F.leaky_relu(pixel_norm(features), SLOPE)
        drawn = full_precision(F.pixel_shuffle(self.output(features), 2))
        colour, keep = torch.sigmoid(drawn).split((3, 1), 1)
        image = torch.lerp(colour, full_precision(picture), MOST_KEPT * keep if self.training else keep)
        return Drawn(image, drawn[:, 3:])

    @torch.no_grad()
    def _begin_by_showing_the_source(self) -> None:
        """Keep most of what was moved, and draw grey.

        Colours that begin as noise teach the decoder to keep all that it can.
        """
        nn.init.zeros_(self.output.weight)
        bias = nn.init.zeros_(self.output.get_parameter("bias"))
        bias.view(4, 4)[3] = FIRST_KEEP_LOGIT  # four neighbours of each channel lie side by side


def pixel_norm(features: FeatureMap) -> FeatureMap:
    """Each position at unit root mean square over its channels (Karras et al. 2018, section 4.2).

    Without it features of the SPADE blocks, which have peaks of a hundred, drive the sigmoids of the
    output to where they have no slope within a hundred steps of Adam.
    """
    exact = full_precision(features)
    mean_square = exact.square().mean(1, keepdim=True)
    return (exact * torch.rsqrt(mean_square + 1e-8)).to(features.dtype)


class ResidualBlock(nn.Module):
    """Two convolutions beside the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv0 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        inner = self.conv0(F.leaky_relu(features, SLOPE))
        return features + self.conv1(F.leaky_relu(inner, SLOPE))
