"""The cascade of discriminators as an opponent: where each looks, and how they learn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

import torch
from lightning_fabric import Fabric
from torch import nn

from liveportrait.tensors import ImageBatch, Loss
from liveportrait.training.adversarial_losses import discriminator_loss, generator_losses
from liveportrait.training.checkpointing import Stateful
from liveportrait.training.descent import Descent, DescentConfig, TrainedGroup
from liveportrait.training.discriminator import (
    CascadedDiscriminator,
    DiscriminatorConfig,
    PatchDiscriminator,
    RegionViews,
)
from liveportrait.training.regions import cut_regions
from liveportrait.training.stage_one import Regions, RegionSizes, sized

WatchedRegion: TypeAlias = Literal["whole", "face", "lips", "left_eye", "right_eye"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdversaryConfig:
    """How strong the opponent is."""

    regions: tuple[WatchedRegion, ...] = ("whole", "face", "lips")
    """The paper's cascade."""
    discriminator: DiscriminatorConfig = DiscriminatorConfig()
    descent: DescentConfig = DescentConfig()
    adversarial: float = 1.0
    feature_matching: float = 10.0
    first_step: int = 0
    """Until then the networks learn alone: opponents of noise teach nothing."""


class AdversarialTerms(NamedTuple):
    """Weighted parts of the generator's loss."""

    adversarial: Loss
    feature_matching: Loss


class Adversary:
    """All discriminators, in one optimiser."""

    def __init__(
        self, config: AdversaryConfig, sizes: RegionSizes, *, fabric: Fabric, amp: torch.autocast
    ) -> None:
        self.config, self._sizes, self._amp = config, sizes, amp
        self.cascade = CascadedDiscriminator(
            {region: PatchDiscriminator(config.discriminator) for region in config.regions}
        )
        trial = DiscriminatorTrial(self.cascade)
        group = TrainedGroup(parameters=self.cascade.parameters())
        self._descent = Descent(fabric, trial, [group], config.descent)

    @property
    def parts(self) -> dict[str, Stateful]:
        return {"discriminators": self.cascade, "discriminator_optimizer": self._descent.optimizer}

    def views(self, image: ImageBatch, regions: Regions) -> RegionViews:
        """What each discriminator sees of a batch."""
        return region_views(image, regions, self.config.regions, self._sizes)

    def terms(self, real: RegionViews, made: RegionViews) -> AdversarialTerms:
        """What the generator should lower."""
        with self._amp:
            losses = generator_losses(self.cascade, real, made)
        return AdversarialTerms(
            self.config.adversarial * losses.adversarial,
            self.config.feature_matching * losses.feature_matching,
        )

    def learn(self, real: RegionViews, made: RegionViews, *, pace: float) -> Loss:
        """One step of the discriminators; returns their loss."""
        cut_off = {name: view.detach() for name, view in made.items()}
        with self._amp:
            loss = self._descent.module(real, cut_off)
        self._descent.step(loss, pace=pace)
        return loss.detach()


class DiscriminatorTrial(nn.Module):
    """Judging real and made behind one forward, where several processes meet."""

    def __init__(self, cascade: CascadedDiscriminator) -> None:
        super().__init__()
        self.cascade = cascade

    def forward(self, real: RegionViews, made: RegionViews) -> Loss:
        return discriminator_loss(self.cascade, real, made)


def region_views(
    image: ImageBatch, regions: Regions, names: Sequence[WatchedRegion], sizes: RegionSizes
) -> RegionViews:
    """The picture as a whole and up close."""
    return {name: _view(image, regions, name, sizes) for name in names}


def _view(image: ImageBatch, regions: Regions, name: WatchedRegion, sizes: RegionSizes) -> ImageBatch:
    if name == "whole":
        return sized(image, sizes.whole_px)
    size_px = sizes.face_px if name == "face" else sizes.part_px
    return cut_regions(image, getattr(regions, name), size_px=size_px)
