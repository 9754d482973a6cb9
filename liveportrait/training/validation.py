"""Figures on clips that a run does not train on, a few seconds' worth: is it getting better?

What is reported of a model comes from `liveportrait.evaluation`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from liveportrait.motion.retargeting import apply_stitching
from liveportrait.networks.presets import PortraitNetworks
from liveportrait.tensors import ImageBatch
from liveportrait.training.crops import PlaneCrop, crop_labels
from liveportrait.training.pairs import Pair, PairBatch, Picture, collate, frame_labels
from liveportrait.training.regions import cut_regions
from liveportrait.training.shards import Shard
from liveportrait.training.stage_one import reconstruct, regions_of
from liveportrait.training.stage_two import OpeningMeter, StageTwoWeights, kept_picture_loss
from liveportrait.training.stage_two_learner import eyes_at, lips_at
from liveportrait.training.stage_two_masks import shoulders
from liveportrait.training.stage_two_step import StageTwoStep

ASKED_OPENINGS = (0.0, 0.1, 0.2, 0.3, 0.4)


class PictureFigures(NamedTuple):
    """L1 of redrawn frames, 0..1, beside that of the source copied."""

    picture_l1: float
    picture_l1_of_copy: float
    face_l1: float
    face_l1_of_copy: float


class RetargetingFigures(NamedTuple):
    """Whether the small networks do what they are asked."""

    eye_correlation: float
    """Of asked and measured openings, over all portraits."""
    lip_correlation: float
    shoulder_error: float
    """L1 below the chin after stitching."""
    shoulder_error_unstitched: float


def fixed_pairs(shards: Sequence[Shard], *, pairs_per_clip: int = 4) -> list[PairBatch]:
    """For each clip its first frame, and later ones evenly spaced; stills are left out."""
    as_it_is = PlaneCrop(zoom=1.0, roll_rad=0.0, shift=(0.0, 0.0), mirrored=False)

    def picture(shard: Shard, index: int) -> Picture:
        return Picture(shard.frame(index), crop_labels(frame_labels(shard, index), as_it_is))

    def pairs(shard: Shard) -> PairBatch:
        later = np.linspace(0, shard.num_frames - 1, pairs_per_clip + 1)[1:].astype(int)
        return collate([Pair(picture(shard, 0), picture(shard, int(at)), shard.knows_rest) for at in later])

    return [pairs(shard) for shard in shards if shard.num_frames > 1]


@torch.no_grad()
def picture_figures(
    networks: PortraitNetworks, batches: Sequence[PairBatch], *, amp: torch.autocast
) -> PictureFigures:
    """Means over batches."""
    rows = []
    for batch in batches:
        made = reconstruct(networks, batch, amp=amp).image
        face = regions_of(batch.driving_targets).face
        cut = [cut_regions(image, face, size_px=128) for image in (made, batch.source, batch.driving)]
        rows.append(
            (
                _l1(made, batch.driving),
                _l1(batch.source, batch.driving),
                _l1(cut[0], cut[2]),
                _l1(cut[1], cut[2]),
            )
        )
    return PictureFigures(*(float(np.mean(column)) for column in zip(*rows, strict=True)))


@torch.no_grad()
def retargeting_figures(
    networks: PortraitNetworks, batches: Sequence[PairBatch], meter: OpeningMeter, *, amp: torch.autocast
) -> RetargetingFigures:
    """Ask every portrait for every opening and measure; stitch it to the next one's motion."""
    step = StageTwoStep(networks, meter, StageTwoWeights(), amp=amp)
    eyes, lips, stitched, unstitched = [], [], [], []
    for batch in batches:
        portraits, kp_driving = step.cast(batch)
        for asked in ASKED_OPENINGS:
            with_eyes = step.render(portraits, eyes_at(networks, portraits, asked))
            with_lips = step.render(portraits, lips_at(networks, portraits, asked))
            eyes.append(_asked_and_found(asked, meter(with_eyes, portraits.face_boxes).eyes))
            lips.append(_asked_and_found(asked, meter(with_lips, portraits.face_boxes).lips))
        pair = torch.cat([portraits.kp_source.flatten(1), kp_driving.flatten(1)], dim=1)
        kept = shoulders(batch.source_targets, size_px=portraits.reconstruction.shape[-1])
        for found, keypoints in (
            (stitched, apply_stitching(kp_driving, networks.stitching_network(pair))),
            (unstitched, kp_driving),
        ):
            made = step.render(portraits, keypoints)
            found.append(float(kept_picture_loss(made, portraits.reconstruction, kept)))
    return RetargetingFigures(
        eye_correlation=_correlation(eyes),
        lip_correlation=_correlation(lips),
        shoulder_error=float(np.mean(stitched)),
        shoulder_error_unstitched=float(np.mean(unstitched)),
    )


def _asked_and_found(asked: float, found: Tensor) -> Tensor:
    values = found.mean(dim=1).cpu()
    return torch.stack([torch.full_like(values, asked), values])


def _correlation(pairs: Sequence[Tensor]) -> float:
    return float(torch.corrcoef(torch.cat(list(pairs), dim=1))[0, 1])


def _l1(found: ImageBatch, expected: ImageBatch) -> float:
    return float((found - expected).abs().mean())
