"""Patch discriminators for the whole picture, the face and the lips.

The paper names a cascade of three but not their design; this is the usual one: strided
convolutions under spectral norm (Miyato et al. 2018) that score overlapping patches.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from liveportrait.tensors import FeatureMap, ImageBatch

RegionName: TypeAlias = str
"""Which part of the picture; a real and a fake crop under one name show the same box."""

RegionViews: TypeAlias = Mapping[RegionName, ImageBatch]
"""One batch seen at several places; 0..1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscriminatorConfig:
    """Size of one patch discriminator."""

    widths: tuple[int, ...] = (64, 128, 256, 512)
    """Channels after each convolution that halves the sides."""


class Judgement(NamedTuple):
    """What a discriminator says of a batch."""

    scores: Float[Tensor, "b 1 _h _w"]
    """Of each patch; above 0 is real."""
    features: list[FeatureMap]
    """On the way there, for feature matching."""


class PatchDiscriminator(nn.Module):
    """Scores patches as real or made."""

    def __init__(self, config: DiscriminatorConfig) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            nn.Sequential(
                spectral_norm(nn.Conv2d(before, after, kernel_size=4, stride=2, padding=1)),
                nn.LeakyReLU(0.2),
            )
            for before, after in pairwise((3, *config.widths))
        )
        self.score = spectral_norm(nn.Conv2d(config.widths[-1], 1, kernel_size=3, padding=1))

    def forward(self, image: ImageBatch) -> Judgement:
        features = []
        hidden = image * 2 - 1
        for block in self.blocks:
            hidden = block(hidden)
            features.append(hidden)
        return Judgement(scores=self.score(hidden), features=features)


class CascadedDiscriminator(nn.Module):
    """One discriminator a region, each with weights of its own, all in one optimiser."""

    def __init__(self, regions: Mapping[RegionName, nn.Module]) -> None:
        super().__init__()
        self.regions = nn.ModuleDict(dict(regions))

    def forward(self, views: RegionViews) -> dict[RegionName, Judgement]:
        """Judge every region; a missing or an extra one is our own fault."""
        assert views.keys() == self.regions.keys(), f"views {set(views)}, regions {set(self.regions)}"
        return {name: discriminator(views[name]) for name, discriminator in self.regions.items()}
