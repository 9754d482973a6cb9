"""Stage I as a learner: the networks, and against them the discriminators."""

from dataclasses import dataclass, replace

import torch
from lightning_fabric import Fabric
from torch import Tensor

from liveportrait.networks.presets import PortraitNetworks
from liveportrait.tensors import ImageBatch
from liveportrait.training.adversary import AdversarialTerms, Adversary, AdversaryConfig
from liveportrait.training.checkpointing import Stateful
from liveportrait.training.descent import Descent, DescentConfig, TrainedGroup
from liveportrait.training.ema import Ema
from liveportrait.training.pairs import PairBatch
from liveportrait.training.photometric_jitter import PhotometricConfig
from liveportrait.training.precision import Precision, autocast_for
from liveportrait.training.schedule import ScheduleConfig
from liveportrait.training.stage_one import RegionSizes, reconstruct, regions_of
from liveportrait.training.stage_one_step import StageOneOutput, StageOneStep, StageOneWeights, Teachers
from liveportrait.training.trained_parts import BASE_PARTS, train_only

RENDERING_PARTS = tuple(part for part in BASE_PARTS if part != "motion_extractor")


@dataclass(frozen=True, slots=True, kw_only=True)
class StageOneConfig:
    """All of stage I."""

    schedule: ScheduleConfig
    descent: DescentConfig = DescentConfig()
    motion_rate: float = 1.0
    """Learning rate of the motion extractor over that of the others; at 0 it is frozen."""
    weights: StageOneWeights = StageOneWeights()
    sizes: RegionSizes = RegionSizes()
    adversary: AdversaryConfig | None = AdversaryConfig()
    photometric: PhotometricConfig | None = PhotometricConfig()
    precision: Precision = "bf16"


class StageOneLearner:
    """One step: the networks redraw and are corrected, then the discriminators are."""

    def __init__(
        self, networks: PortraitNetworks, config: StageOneConfig, teachers: Teachers, fabric: Fabric
    ) -> None:
        self._networks, self._config = networks, config
        train_only(networks, BASE_PARTS if config.motion_rate else RENDERING_PARTS)
        self._amp = autocast_for(config.precision, fabric.device)
        networks.to(fabric.device)
        self._ema = Ema(networks, decay=config.schedule.ema_decay)
        step = StageOneStep(
            networks,
            teachers,
            _learnable(config),
            config.sizes,
            photometric=config.photometric,
            amp=self._amp,
        )
        self._descent = Descent(fabric, step, _groups(networks, config), config.descent)
        self._adversary = config.adversary and Adversary(
            config.adversary, config.sizes, fabric=fabric, amp=self._amp
        )

    @property
    def averaged(self) -> PortraitNetworks:
        return self._ema.network

    @property
    def parts(self) -> dict[str, Stateful]:
        own = {"networks": self._networks, "ema": self._ema, "optimizer": self._descent.optimizer}
        return own if self._adversary is None else own | self._adversary.parts

    def learn(self, batch: PairBatch, *, step: int, pace: float) -> dict[str, Tensor]:
        output: StageOneOutput = self._descent.module(batch)
        losses = dict(output.losses)
        if self._adversary is not None:
            losses |= self._oppose(self._adversary, output.image, batch, step=step)
        total = torch.stack(tuple(losses.values())).sum()
        norm = self._descent.step(total, pace=pace)
        self._ema.update(self._networks)
        numbers = {"loss": total, "gradient_norm": norm, **losses}
        if self._adversary is not None:
            numbers["discriminators"] = self._correct(
                self._adversary, output.image, batch, step=step, pace=pace
            )
        return {name: value.detach() for name, value in numbers.items()}

    def show(self, batch: PairBatch) -> tuple[ImageBatch, ...]:
        """Source, driving, the driving frame redrawn."""
        with torch.no_grad():
            made = reconstruct(self.averaged, batch, amp=self._amp)
        return batch.source, batch.driving, made.image

    def _oppose(
        self, adversary: Adversary, image: ImageBatch, batch: PairBatch, *, step: int
    ) -> dict[str, Tensor]:
        if step < adversary.config.first_step:
            return {name: image.new_zeros(()) for name in AdversarialTerms._fields}
        regions = regions_of(batch.driving_targets)
        real, made = adversary.views(batch.driving, regions), adversary.views(image, regions)
        return adversary.terms(real, made)._asdict()

    def _correct(
        self, adversary: Adversary, image: ImageBatch, batch: PairBatch, *, step: int, pace: float
    ) -> Tensor:
        """Discriminators start with the generator's first look at them."""
        if step < adversary.config.first_step:
            return image.new_zeros(())
        regions = regions_of(batch.driving_targets)
        real, made = adversary.views(batch.driving, regions), adversary.views(image.detach(), regions)
        return adversary.learn(real, made, pace=pace)


def _learnable(config: StageOneConfig) -> StageOneWeights:
    """Nothing is asked of a frozen motion extractor."""
    return config.weights if config.motion_rate else replace(config.weights, motion=None, keypoints=None)


def _groups(networks: PortraitNetworks, config: StageOneConfig) -> list[TrainedGroup]:
    rendering = [
        parameter for part in RENDERING_PARTS for parameter in networks.get_submodule(part).parameters()
    ]
    groups = [TrainedGroup(parameters=rendering)]
    if config.motion_rate:
        groups.append(
            TrainedGroup(parameters=networks.motion_extractor.parameters(), rate=config.motion_rate)
        )
    return groups
