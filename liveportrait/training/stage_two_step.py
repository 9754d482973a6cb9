"""The three small networks on one batch, behind one forward; everything else is frozen."""

from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor, nn

from liveportrait.motion.state import Motion, concatenate, motion_from_prediction
from liveportrait.networks.presets import PortraitNetworks
from liveportrait.tensors import ImageBatch, Keypoints
from liveportrait.training.pairs import PairBatch
from liveportrait.training.stage_one import placed_like, sized
from liveportrait.training.stage_two import (
    FrozenRenderer,
    OpeningMeter,
    Portraits,
    RetargetingLosses,
    StageTwoWeights,
    StitchingLosses,
    draw_wanted_openings,
    eye_losses,
    lip_losses,
    prepare_portraits,
    stitching_losses,
)
from liveportrait.training.stage_two_masks import (
    all_but_eyes,
    all_but_lower_face,
    faces,
    meter_boxes,
    surroundings,
)


class Cast(NamedTuple):
    """The sources of a batch, and the keypoints that somebody else would give them."""

    portraits: Portraits
    kp_driving: Keypoints


class StageTwoLosses(NamedTuple):
    """Weighted parts of all three networks; they share no parameter."""

    stitching: StitchingLosses
    eyes: RetargetingLosses
    lips: RetargetingLosses

    @property
    def losses(self) -> dict[str, Tensor]:
        """By name; their sum is what is minimised."""
        return {
            f"{network}_{name}": loss
            for network, parts in self._asdict().items()
            for name, loss in parts._asdict().items()
        }


class StageTwoStep(nn.Module):
    """Renders what the three networks make of a batch; their offsets are all that gradients reach."""

    def __init__(
        self,
        networks: PortraitNetworks,
        meter: OpeningMeter,
        weights: StageTwoWeights,
        *,
        amp: torch.autocast,
    ) -> None:
        super().__init__()
        self.networks = networks
        self._meter, self._weights, self._amp = meter, weights, amp
        self._renderer = FrozenRenderer(networks.warping_network, networks.spade_generator, amp=amp)

    def forward(self, batch: PairBatch) -> StageTwoLosses:
        cast = self.cast(batch)
        portraits, targets = cast.portraits, batch.source_targets
        size_px, device = portraits.reconstruction.shape[-1], batch.source.device
        wanted = [
            draw_wanted_openings(len(batch.source), torch.default_generator).to(device) for _ in range(2)
        ]
        face = faces(cast.kp_driving, size_px=size_px)
        networks, renderer, meter, weights = self.networks, self._renderer, self._meter, self._weights
        return StageTwoLosses(
            stitching=stitching_losses(
                networks.stitching_network,
                renderer,
                portraits,
                cast.kp_driving,
                surroundings(targets, size_px=size_px) * (1 - face),
                face,
                weights,
            ),
            eyes=eye_losses(
                networks.eye_network,
                renderer,
                meter,
                portraits,
                wanted[0],
                all_but_eyes(targets, size_px=size_px),
                weights,
            ),
            lips=lip_losses(
                networks.lip_network,
                renderer,
                meter,
                portraits,
                wanted[1],
                all_but_lower_face(targets, size_px=size_px),
                weights,
            ),
        )

    @torch.no_grad()
    def cast(self, batch: PairBatch) -> Cast:
        """Each source rendered as it is, to be driven by the next item's person."""
        networks = self.networks
        source_seen, driving_seen = (
            sized(image, networks.preset.input_px) for image in (batch.source, batch.driving)
        )
        source = motion_from_prediction(networks.motion_extractor(source_seen))
        driving = motion_from_prediction(networks.motion_extractor(driving_seen))
        with self._amp:
            appearance = networks.appearance_feature_extractor(source_seen)
        portraits = prepare_portraits(
            self._renderer, self._meter, appearance, source.keypoints(), meter_boxes(batch.source_targets)
        )
        return Cast(portraits, driven_by_others(source, driving).keypoints())

    def render(self, portraits: Portraits, kp_driving: Keypoints) -> ImageBatch:
        """For sheets and figures."""
        return self._renderer(portraits.appearance, kp_driving, portraits.kp_source)


def driven_by_others(source: Motion, driving: Motion) -> Motion:
    """Every source with the motion of the next item's driver.

    Half of them keep their own size and place, as they nearly do when motion is relative.
    """
    others = concatenate([driving[-1:], driving[:-1]])
    keeps = torch.rand(len(source), 1, device=source.scale.device) < 0.5
    scale = torch.where(keeps, source.scale, others.scale)
    translation = torch.where(keeps, source.translation, others.translation)
    return placed_like(replace(others, scale=scale, translation=translation), source)
