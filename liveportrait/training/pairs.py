"""Pairs of frames to train on: one person twice, as source and as driving."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from numpy import ndarray
from torch import Tensor

from liveportrait.arrays import FrameRGB
from liveportrait.tensors import ImageBatch, Keypoints, Rotation, Scale, Translation
from liveportrait.training.crops import (
    CropJitter,
    FrameLabels,
    PlaneCrop,
    crop_labels,
    cut,
    draw_crop,
    nudge,
)
from liveportrait.training.guides import OPENINGS
from liveportrait.training.jaw_warp import JawWarp, draw_closing, draw_opening
from liveportrait.training.shards import Shard

OPENING_EMPHASIS = (2.0, 10.0, 10.0)
"""Of a change of each opening when frames are compared: a blink is rare, and small beside a yawn."""

CLOSED_SHARE = 0.5
"""Of the sources whose driving jaw is opened: mouths that are open themselves are to be met as well."""


class MotionTargets(NamedTuple):
    """What landmarks say of the motion of each picture of a batch."""

    rotation: Rotation
    scale: Scale
    translation: Translation
    canonical_keypoints: Keypoints
    expression: Keypoints
    keypoints: Keypoints
    knows_rest: Bool[Tensor, "b"]
    """Whether canonical keypoints and expression can be told apart; false for stills."""


class PairBatch(NamedTuple):
    """The same people twice."""

    source: ImageBatch
    driving: ImageBatch
    source_targets: MotionTargets
    driving_targets: MotionTargets


def joined_targets(batch: PairBatch) -> MotionTargets:
    """Of all pictures of a batch, sources first."""
    columns = zip(batch.source_targets, batch.driving_targets, strict=True)
    return MotionTargets(*(torch.cat(column) for column in columns))


@dataclass(frozen=True, slots=True, kw_only=True)
class PairConfig:
    """How pairs are drawn."""

    size_px: int = 256
    jitter: CropJitter = CropJitter()
    same_crop_share: float = 0.8
    """Pairs whose two crops are one: the background stays, as it does when a portrait is animated."""
    nudge: float = 1.0
    """How far the second crop strays in the other pairs; still pictures stray twice as far."""
    num_candidates: int = 6
    """Driving frames drawn, of which the one that differs most from the source is taken."""
    stills_share: float = 0.12
    jaw_share: float = 0.0
    """Pairs in which jaws are moved: the driving frame is chosen for open lips, and they are opened further;
    so are half of the sources, and closed most of the way. Mouths that are closed stay so."""


class PairSampler:
    """An endless stream of batches; `state_dict` holds where it stands."""

    def __init__(self, shards: Sequence[Shard], config: PairConfig, *, batch_size: int, seed: int) -> None:
        self._clips = [shard for shard in shards if shard.num_frames > 1]
        self._stills = [shard for shard in shards if shard.num_frames == 1]
        self._clip_odds = cumulative_odds([shard.num_frames for shard in self._clips] or [1])
        self._config, self._batch_size = config, batch_size
        self._rng = np.random.default_rng(seed)

    def __iter__(self) -> Iterator[PairBatch]:
        while True:
            yield collate([self._draw() for _ in range(self._batch_size)])

    def state_dict(self) -> dict[str, object]:
        return dict(self._rng.bit_generator.state)

    def load_state_dict(self, state: dict[str, object]) -> None:
        self._rng.bit_generator.state = state

    def _draw(self) -> "Pair":
        still = not self._clips or (self._stills and self._rng.random() < self._config.stills_share)
        jaws = bool(self._config.jaw_share) and self._rng.random() < self._config.jaw_share
        closes = jaws and self._rng.random() < CLOSED_SHARE
        if still:
            shard = self._stills[self._rng.integers(len(self._stills))]
            source, driving = 0, 0
        else:
            shard = self._clips[int(self._clip_odds.searchsorted(self._rng.random(), side="right"))]
            source = int(self._rng.integers(shard.num_frames))
            source = self._opening_frame(shard, source) if closes else source
            driving = self._opening_frame(shard, source) if jaws else self._differing_frame(shard, source)
        crop = draw_crop(self._rng, self._config.jitter, mirrored=bool(self._rng.random() < 0.5))
        other = crop
        if still or self._rng.random() > self._config.same_crop_share:
            other = nudge(crop, self._rng, amount=self._config.nudge * (2 if still else 1))
        tint = _draw_tint(self._rng)
        shown, wanted = shard.frame(source), shard.frame(driving)
        closing = draw_closing(self._rng, shard.frame_landmarks(source)) if closes else None
        opening = draw_opening(self._rng, wanted, shard.frame_landmarks(driving)) if jaws else None
        return Pair(
            source=self._picture(shown, frame_labels(shard, source), crop, tint, closing),
            driving=self._picture(wanted, frame_labels(shard, driving), other, tint, opening),
            knows_rest=shard.knows_rest,
        )

    def _differing_frame(self, shard: Shard, source: int) -> int:
        candidates = self._candidates(shard)
        motion = shard.labels.expression
        opening = _openings(motion)
        change = np.square(motion[candidates] - motion[source]).sum((1, 2))
        change += _emphasised(opening[candidates] - opening[source])
        return int(candidates[int(np.argmax(change * self._rng.uniform(0.5, 1.5, len(change))))])

    def _opening_frame(self, shard: Shard, source: int) -> int:
        """With lips that are open, as if the source's were closed, and with other eyes."""
        candidates = self._candidates(shard)
        opening = _openings(shard.labels.expression)
        before = np.array([opening[:, 0].min(), *opening[source, 1:]])
        return int(candidates[int(np.argmax(_emphasised(opening[candidates] - before)))])

    def _candidates(self, shard: Shard) -> Int[ndarray, "c"]:
        return self._rng.integers(shard.num_frames, size=self._config.num_candidates)

    def _picture(
        self, frame: FrameRGB, labels: FrameLabels, crop: PlaneCrop, tint: "Tint", jaw: JawWarp | None
    ) -> "Picture":
        picture = cut(frame, crop, size_px=self._config.size_px, warp=jaw)
        labels = labels if jaw is None else jaw.warp_labels(labels)
        return Picture(_tinted(picture, tint), crop_labels(labels, crop))


class Picture(NamedTuple):
    """A cut and tinted crop with its labels."""

    frame: FrameRGB
    labels: FrameLabels


class Pair(NamedTuple):
    """One person twice."""

    source: Picture
    driving: Picture
    knows_rest: bool


class Tint(NamedTuple):
    """A photographic change that both pictures of a pair share."""

    gain: Float[ndarray, "3"]
    gamma: float


def cumulative_odds(num_frames: Sequence[int]) -> Float[ndarray, "n"]:
    """Where each clip's share of 0..1 ends: twice the frames are drawn from 1.4 times as often."""
    shares = np.sqrt(num_frames)
    ends = (shares / shares.sum()).cumsum()
    return ends / ends[-1]


def frame_labels(shard: Shard, index: int) -> FrameLabels:
    """The labels of one frame of a clip."""
    labels = shard.labels
    return FrameLabels(
        rotation=labels.pose.rotation[index],
        scale=float(labels.pose.scale[index]),
        translation=labels.pose.translation[index],
        canonical_keypoints=labels.canonical_keypoints,
        expression=labels.expression[index],
        keypoints=labels.keypoints[index],
    )


def collate(pairs: Sequence[Pair]) -> PairBatch:
    """Pairs as one batch."""
    rest = torch.tensor([pair.knows_rest for pair in pairs])
    return PairBatch(
        source=_images([pair.source for pair in pairs]),
        driving=_images([pair.driving for pair in pairs]),
        source_targets=_targets([pair.source.labels for pair in pairs], rest),
        driving_targets=_targets([pair.driving.labels for pair in pairs], rest),
    )


def _images(pictures: Sequence[Picture]) -> ImageBatch:
    frames = torch.from_numpy(np.stack([picture.frame for picture in pictures]))
    return frames.permute(0, 3, 1, 2).float() / 255.0


def _targets(labels: Sequence[FrameLabels], knows_rest: Bool[Tensor, "b"]) -> MotionTargets:
    columns = {
        field: torch.from_numpy(np.stack([np.asarray(getattr(item, field), np.float32) for item in labels]))
        for field in FrameLabels._fields
    }
    columns["scale"] = columns["scale"][:, None]
    return MotionTargets(**columns, knows_rest=knows_rest)


def _openings(expression: Float[ndarray, "t k 3"]) -> Float[ndarray, "t 3"]:
    """Of lips and eyes, against the person's rest."""
    upper, lower = (list(column) for column in zip(*OPENINGS, strict=True))
    return expression[:, lower, 1] - expression[:, upper, 1]


def _emphasised(change: Float[ndarray, "c 3"]) -> Float[ndarray, "c"]:
    """How much a change of openings counts."""
    return np.square(change * OPENING_EMPHASIS).sum(1)


def _draw_tint(rng: np.random.Generator) -> Tint:
    gain = rng.uniform(0.85, 1.15) * rng.uniform(0.94, 1.06, 3)
    return Tint(gain.astype(np.float32), float(np.exp(rng.normal(0, 0.15))))


def _tinted(frame: FrameRGB, tint: Tint) -> FrameRGB:
    values = np.arange(256, dtype=np.float32)[:, None] / 255.0
    table = np.clip(tint.gain * values**tint.gamma, 0, 1) * 255.0 + 0.5
    return cv2.LUT(frame, table.astype(np.uint8)[None])
