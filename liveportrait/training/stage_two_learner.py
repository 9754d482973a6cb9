"""Stage II as a learner."""

from dataclasses import dataclass
from typing import Literal

import torch
from lightning_fabric import Fabric
from torch import Tensor

from liveportrait.motion.retargeting import apply_stitching, eye_condition, lip_condition
from liveportrait.networks.keypoint_mlp import KeypointMlp
from liveportrait.networks.presets import PortraitNetworks
from liveportrait.tensors import ImageBatch, Keypoints
from liveportrait.training.checkpointing import Stateful
from liveportrait.training.descent import Descent, DescentConfig, TrainedGroup
from liveportrait.training.ema import Ema
from liveportrait.training.pairs import PairBatch
from liveportrait.training.precision import Precision, autocast_for
from liveportrait.training.schedule import ScheduleConfig
from liveportrait.training.stage_two import OpeningMeter, Portraits, StageTwoWeights
from liveportrait.training.stage_two_step import StageTwoLosses, StageTwoStep
from liveportrait.training.trained_parts import RETARGETING_PARTS, train_only

SHOWN_OPENINGS = (0.0, 0.4)
"""What a sheet asks of eyes and of lips."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTwoConfig:
    """All of stage II."""

    schedule: ScheduleConfig
    descent: DescentConfig = DescentConfig(learning_rate=1e-3, betas=(0.9, 0.99), max_gradient_norm=1.0)
    weights: StageTwoWeights = StageTwoWeights()
    begin: Literal["anew", "as_given"] = "anew"
    """`as_given` goes on with small networks that were trained before; anew they ask for no offset."""
    precision: Precision = "bf16"


class StageTwoLearner:
    """One step: three offsets are rendered and corrected."""

    def __init__(
        self, networks: PortraitNetworks, config: StageTwoConfig, meter: OpeningMeter, fabric: Fabric
    ) -> None:
        self._networks, self._config, self._meter = networks, config, meter
        if config.begin == "anew":
            for network in (networks.stitching_network, networks.eye_network, networks.lip_network):
                network.begin_anew()
        train_only(networks, RETARGETING_PARTS)
        self._amp = autocast_for(config.precision, fabric.device)
        networks.to(fabric.device)
        self._ema = Ema(networks, decay=config.schedule.ema_decay)
        step = StageTwoStep(networks, meter, config.weights, amp=self._amp)
        groups = [
            TrainedGroup(parameters=networks.get_submodule(part).parameters()) for part in RETARGETING_PARTS
        ]
        self._descent = Descent(fabric, step, groups, config.descent)

    @property
    def averaged(self) -> PortraitNetworks:
        return self._ema.network

    @property
    def parts(self) -> dict[str, Stateful]:
        return {"networks": self._networks, "ema": self._ema, "optimizer": self._descent.optimizer}

    def learn(self, batch: PairBatch, *, step: int, pace: float) -> dict[str, Tensor]:
        output: StageTwoLosses = self._descent.module(batch)
        losses = output.losses
        total = torch.stack(tuple(losses.values())).sum()
        norm = self._descent.step(total, pace=pace)
        self._ema.update(self._networks)
        numbers = {"loss": total, "gradient_norm": norm, **losses}
        return {name: value.detach() for name, value in numbers.items()}

    @torch.no_grad()
    def show(self, batch: PairBatch) -> tuple[ImageBatch, ...]:
        """Source, itself redrawn, driven by another, that stitched; eyes closed and open, lips likewise."""
        networks = self.averaged
        step = StageTwoStep(networks, self._meter, self._config.weights, amp=self._amp)
        portraits, kp_driving = step.cast(batch)
        kp_source = portraits.kp_source
        offsets = networks.stitching_network(torch.cat([kp_source.flatten(1), kp_driving.flatten(1)], dim=1))
        changed = [kp_driving, apply_stitching(kp_driving, offsets)]
        changed += [eyes_at(networks, portraits, wanted) for wanted in SHOWN_OPENINGS]
        changed += [lips_at(networks, portraits, wanted) for wanted in SHOWN_OPENINGS]
        rendered = [step.render(portraits, keypoints) for keypoints in changed]
        return batch.source, portraits.reconstruction, *rendered


def eyes_at(networks: PortraitNetworks, portraits: Portraits, wanted: float) -> Keypoints:
    """The portraits' keypoints with both eyes at an opening."""
    condition = eye_condition(portraits.openings, torch.full_like(portraits.openings.lips, wanted))
    return _moved(networks.eye_network, portraits.kp_source, condition)


def lips_at(networks: PortraitNetworks, portraits: Portraits, wanted: float) -> Keypoints:
    """The portraits' keypoints with the lips at an opening."""
    condition = lip_condition(portraits.openings, torch.full_like(portraits.openings.lips, wanted))
    return _moved(networks.lip_network, portraits.kp_source, condition)


def _moved(network: KeypointMlp, kp_source: Keypoints, condition: Tensor) -> Keypoints:
    offsets = network(torch.cat([kp_source.flatten(1), condition], dim=1))
    return kp_source + offsets.unflatten(1, (-1, 3))
