"""From a trained model and prepared clips to the model's expression space: what its sliders mean.

Keypoints are implicit, so every training needs this once, after stage I and before the model is used.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, UInt8
from numpy import ndarray
from torch import nn

from liveportrait.checkpoints.bundled import bundled_weights_dir
from liveportrait.checkpoints.networks_file import FILE_NAME, load_networks
from liveportrait.errors import SettingError
from liveportrait.face.face_landmarker import FaceLandmarker
from liveportrait.face.loading import load_face_landmarker
from liveportrait.motion.calibration import Calibration, CalibrationConfig, fit_expression_space
from liveportrait.motion.space import ExpressionSpace, mask_of_points
from liveportrait.motion.space_file import save_expression_space
from liveportrait.portrait_model import EXPRESSION_SPACE_FILE
from liveportrait.training.face_signals import Signals, face_signals
from liveportrait.training.guides import BROW_KEYPOINTS, CHIN_KEYPOINT, EYE_KEYPOINTS, LIP_KEYPOINTS
from liveportrait.training.shards import Shard, load_reference_head, open_shards
from liveportrait.training.stage_one import sized

BATCH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceFitConfig:
    """Which model is calibrated on what."""

    data: tuple[Path, ...]
    """Folders of shards; clips of many people."""
    model_id: str
    """Templates carry it: a new name for every training that moved the keypoints."""
    frame_stride: int = 3
    """Every n-th frame of a shard is measured."""
    min_frames: int = 20
    """Of a shard; shorter ones are left out."""
    keypoint_sets: Literal["guides", "movements"] = "guides"
    """Which keypoints are lips, eyes and expression: those that such landmarks guided in training, or, for a
    model that was trained without guides, those that the sliders move."""
    calibration: CalibrationConfig = CalibrationConfig()


class ClipSamples(NamedTuple):
    """One clip as the fit sees it."""

    expression: Float[ndarray, "t k 3"]
    signals: Signals


def fit_space(model: Path, config: SpaceFitConfig) -> Calibration:
    """Fit the expression space of the networks in `model` (a folder) and write it beside them."""
    head = load_reference_head(bundled_weights_dir() / "face" / "canonical_face.safetensors")
    shards = [shard for folder in config.data for shard in open_shards(folder, head)]
    networks = load_networks(model / FILE_NAME)
    calibration = calibrate(
        networks.motion_extractor,
        shards,
        load_face_landmarker(),
        config,
        input_px=networks.preset.input_px,
    )
    save_expression_space(calibration.space, model / EXPRESSION_SPACE_FILE)
    return calibration


def calibrate(
    extractor: nn.Module,
    shards: Sequence[Shard],
    landmarker: FaceLandmarker,
    config: SpaceFitConfig,
    *,
    input_px: int,
) -> Calibration:
    """Read the clips' expression with the extractor and measure their signals; then fit."""
    clips: list[ClipSamples] = []
    for shard in shards:
        if shard.num_frames >= config.min_frames:
            chosen = range(0, shard.num_frames, config.frame_stride)
            frames = np.stack([shard.frame(index) for index in chosen])
            signals = face_signals(shard.landmarks[chosen], size_px=frames.shape[1], landmarker=landmarker)
            clips.append(ClipSamples(_expression(extractor, frames, input_px), signals))
    if not clips:
        raise SettingError(
            f"no shard has the {config.min_frames} frames that a fit asks for; prepare longer clips"
        )
    fitted = fit_expression_space(
        np.concatenate([clip.expression for clip in clips]),
        {name: np.concatenate([clip.signals[name] for clip in clips]) for name in clips[0].signals},
        clip_ids=np.repeat(np.arange(len(clips)), [len(clip.expression) for clip in clips]),
        model_id=config.model_id,
        config=config.calibration,
    )
    if config.keypoint_sets == "movements":
        return fitted
    return replace(fitted, space=with_sets_of_guides(fitted.space))


def with_sets_of_guides(space: ExpressionSpace) -> ExpressionSpace:
    """The same sliders on the keypoints that training guided."""
    lips, expression = (*LIP_KEYPOINTS, CHIN_KEYPOINT), (*LIP_KEYPOINTS, *EYE_KEYPOINTS, *BROW_KEYPOINTS)
    return replace(
        space,
        lip_mask=mask_of_points(lips, num_keypoints=space.num_keypoints),
        eye_mask=mask_of_points(EYE_KEYPOINTS, num_keypoints=space.num_keypoints),
        expression_mask=mask_of_points((*expression, CHIN_KEYPOINT), num_keypoints=space.num_keypoints),
    )


@torch.no_grad()
def _expression(
    extractor: nn.Module, frames: UInt8[ndarray, "t s s 3"], input_px: int
) -> Float[ndarray, "t k 3"]:
    images = torch.from_numpy(frames).permute(0, 3, 1, 2).float() / 255.0
    batches = sized(images, input_px).split(BATCH)
    return torch.cat([extractor(batch).expression for batch in batches]).double().numpy()
