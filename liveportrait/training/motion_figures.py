"""How well a motion extractor reads unseen clips: the earliest sign of whether lips and lids will move."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from liveportrait.motion.rotation import angle_between_deg
from liveportrait.motion.state import motion_from_prediction
from liveportrait.networks.motion_extractor import MotionPrediction
from liveportrait.training.guides import NUM_GUIDED, OPENINGS
from liveportrait.training.shards import Shard
from liveportrait.training.stage_one import sized

BATCH = 16

MIN_FRAMES_TO_READ = 9
"""Shorter clips tell nothing of how motion is followed."""


class MotionFigures(NamedTuple):
    """Means over clips."""

    keypoint_error: float
    """Mean distance in the plane to the guiding landmark; the crop is 2 wide."""
    pose_error_deg: float
    lip_correlation: float
    lip_amplitude: float
    """Standard deviation of the read opening over that of the true one."""
    eye_correlation: float
    eye_amplitude: float


@torch.no_grad()
def motion_figures(
    extractor: nn.Module, shards: Sequence[Shard], *, input_px: int, frames_per_clip: int = 48
) -> MotionFigures:
    """Read clips (at most `frames_per_clip` evenly spaced frames each) and compare with their landmarks."""
    rows = [
        _clip_figures(extractor, shard, input_px, frames_per_clip)
        for shard in shards
        if shard.num_frames >= MIN_FRAMES_TO_READ
    ]
    return MotionFigures(*(float(np.nanmean(column)) for column in zip(*rows, strict=True)))


def _clip_figures(extractor: nn.Module, shard: Shard, input_px: int, frames_per_clip: int) -> MotionFigures:
    chosen = np.unique(np.linspace(0, shard.num_frames - 1, frames_per_clip).astype(int))
    frames = torch.from_numpy(np.stack([shard.frame(int(index)) for index in chosen]))
    images = frames.permute(0, 3, 1, 2).float() / 255.0
    device = next(extractor.parameters()).device
    parts = [extractor(sized(batch.to(device), input_px)) for batch in images.split(BATCH)]
    motion = motion_from_prediction(
        MotionPrediction(*(torch.cat(column).cpu() for column in zip(*parts, strict=True)))
    )
    # As when a portrait is animated: the rest comes from one frame, expression alone must move it.
    motion = replace(motion, canonical_keypoints=motion.canonical_keypoints[:1].expand_as(motion.expression))
    found = motion.keypoints().numpy()[:, :NUM_GUIDED, :2]
    labels = shard.labels
    true = labels.keypoints[chosen][:, :NUM_GUIDED, :2]
    rotation = torch.from_numpy(labels.pose.rotation[chosen])
    (lips, eyes), (true_lips, true_eyes) = _lips_and_eyes(found), _lips_and_eyes(true)
    return MotionFigures(
        keypoint_error=float(np.linalg.norm(found - true, axis=-1).mean()),
        pose_error_deg=float(angle_between_deg(motion.rotation, rotation).mean()),
        lip_correlation=_correlation(lips, true_lips),
        lip_amplitude=float(lips.std() / max(true_lips.std(), 1e-6)),
        eye_correlation=_correlation(eyes, true_eyes),
        eye_amplitude=float(eyes.std() / max(true_eyes.std(), 1e-6)),
    )


def _lips_and_eyes(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far lips and both eyes together are open in each frame."""
    lips, left, right = ((points[:, low] - points[:, up])[:, 1] for up, low in OPENINGS)
    return lips, left + right


def _correlation(found: np.ndarray, true: np.ndarray) -> float:
    if found.std() < 1e-9 or true.std() < 1e-9:
        return float("nan")
    return float(np.corrcoef(found, true)[0, 1])
