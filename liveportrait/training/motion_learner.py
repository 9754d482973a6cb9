"""The motion extractor alone as a learner."""

from dataclasses import dataclass

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from liveportrait.motion.state import motion_from_prediction
from liveportrait.networks.presets import PortraitNetworks
from liveportrait.tensors import ImageBatch
from liveportrait.training.checkpointing import Stateful
from liveportrait.training.descent import Descent, DescentConfig, TrainedGroup
from liveportrait.training.ema import Ema
from liveportrait.training.motion_stage import MotionLosses, MotionWeights, motion_losses
from liveportrait.training.pairs import PairBatch, joined_targets
from liveportrait.training.sample_sheets import with_points
from liveportrait.training.schedule import ScheduleConfig
from liveportrait.training.stage_one import sized
from liveportrait.training.trained_parts import freeze_first_blocks, train_only


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionStageConfig:
    """The stage before stage I: it takes labels, and nothing is rendered."""

    schedule: ScheduleConfig
    descent: DescentConfig = DescentConfig(
        learning_rate=1.2e-4, betas=(0.9, 0.98), weight_decay=1e-4, max_gradient_norm=1.0
    )
    """Higher rates hurt a landmark trunk: there are no norms in it."""
    head_rate: float = 0.4
    """Learning rate of the heads over that of the backbone."""
    weights: MotionWeights = MotionWeights()
    probe_batches: int = 0
    """Batches from which the heads are solved before the first step; 0 leaves them as they are."""
    frozen_blocks: int = 0
    """First blocks of a landmark trunk that do not learn."""


class MotionStep(nn.Module):
    """Motion of both pictures of every pair against what landmarks say."""

    def __init__(self, networks: PortraitNetworks, weights: MotionWeights) -> None:
        super().__init__()
        self.networks = networks
        self._weights = weights

    def forward(self, batch: PairBatch) -> MotionLosses:
        pictures = torch.cat((batch.source, batch.driving)).contiguous(memory_format=torch.channels_last)
        prediction = self.networks.motion_extractor(sized(pictures, self.networks.preset.input_px))
        return motion_losses(prediction, joined_targets(batch), self._weights)


class MotionLearner:
    """One step: read the pictures, compare with the labels."""

    def __init__(self, networks: PortraitNetworks, config: MotionStageConfig, fabric: Fabric) -> None:
        self._networks = networks
        train_only(networks, ("motion_extractor",))
        freeze_first_blocks(networks, config.frozen_blocks)
        networks.to(fabric.device)
        self._ema = Ema(networks, decay=config.schedule.ema_decay)
        backbone = networks.motion_extractor.backbone
        heads = [
            parameter
            for name, part in networks.motion_extractor.named_children()
            if name != "backbone"
            for parameter in part.parameters()
        ]
        groups = [
            TrainedGroup(parameters=backbone.parameters()),
            TrainedGroup(parameters=heads, rate=config.head_rate),
        ]
        self._descent = Descent(fabric, MotionStep(networks, config.weights), groups, config.descent)

    @property
    def averaged(self) -> PortraitNetworks:
        return self._ema.network

    @property
    def parts(self) -> dict[str, Stateful]:
        return {"networks": self._networks, "ema": self._ema, "optimizer": self._descent.optimizer}

    def learn(self, batch: PairBatch, *, step: int, pace: float) -> dict[str, Tensor]:
        losses: MotionLosses = self._descent.module(batch)
        norm = self._descent.step(losses.total, pace=pace)
        self._ema.update(self._networks)
        numbers = {"loss": losses.total, "gradient_norm": norm, **losses._asdict()}
        return {name: value.detach() for name, value in numbers.items()}

    def show(self, batch: PairBatch) -> tuple[ImageBatch, ...]:
        """Source and driving, each with its keypoints."""
        with torch.no_grad():
            return tuple(self._marked(image) for image in (batch.source, batch.driving))

    def _marked(self, image: ImageBatch) -> ImageBatch:
        prediction = self.averaged.motion_extractor(sized(image, self.averaged.preset.input_px))
        return with_points(image, motion_from_prediction(prediction).keypoints()[..., :2])
