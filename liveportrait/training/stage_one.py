"""Stage I: the networks learn together to redraw a driving frame from a source frame (paper, section 3.2)."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from liveportrait.judges.perceptual import FeatureBackbone
from liveportrait.motion.state import Motion, motion_from_prediction
from liveportrait.networks.detail_decoder import KeepLogit
from liveportrait.networks.motion_extractor import MotionPrediction
from liveportrait.networks.presets import PortraitNetworks
from liveportrait.tensors import ImageBatch, Keypoints, Loss
from liveportrait.training.guides import EYE_KEYPOINTS, LIP_KEYPOINTS, OPENINGS
from liveportrait.training.pairs import MotionTargets, PairBatch
from liveportrait.training.perceptual import perceptual_loss
from liveportrait.training.regions import Boxes, cut_regions, square_boxes

FACE_OUTLINE = (15, 16, 17, 18)
"""Keypoints at chin, sides and forehead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageWeights:
    """How much each part of the image loss counts."""

    pixels: float = 4.0
    regions: float = 4.0
    """L1 within the face, lips and eyes, each."""
    mouth: float = 0.0
    """L1 between the lips: what an opening mouth shows is in no source pixel that could be moved there."""
    perceptual: float = 1.0
    perceptual_face: float = 1.0
    perceptual_lips: float = 0.5
    perceptual_eyes: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionSizes:
    """At what size the cascaded losses look at their regions."""

    whole_px: int = 128
    face_px: int = 128
    part_px: int = 64
    mouth_px: int = 16


class Regions(NamedTuple):
    """Where the cascaded losses look."""

    face: Boxes
    lips: Boxes
    left_eye: Boxes
    right_eye: Boxes
    mouth: Boxes
    """Between the lips; nearly nothing while they touch."""


class Reconstruction(NamedTuple):
    """A driving frame redrawn from the source, and the motion that was read on the way."""

    image: ImageBatch
    source_prediction: MotionPrediction
    driving_prediction: MotionPrediction
    kp_source: Keypoints
    kp_driving: Keypoints
    keep_logit: KeepLogit | None
    """How much of each pixel is the moved source's; None where the generator draws all."""


class ImageLosses(NamedTuple):
    """The weighted parts; their sum is what is minimised."""

    pixels: Loss
    regions: Loss
    mouth: Loss
    perceptual: Loss
    perceptual_regions: Loss

    @property
    def total(self) -> Loss:
        return torch.stack(tuple(self)).sum()


def reconstruct(
    networks: PortraitNetworks,
    batch: PairBatch,
    *,
    amp: torch.autocast,
    driving_seen: ImageBatch | None = None,
) -> Reconstruction:
    """One forward pass: motion in fp32, everything else under `amp`.

    `driving_seen` is what the motion is read off where that differs from the picture to draw,
    as when its colours were changed.
    """
    size_px = networks.preset.input_px
    source_seen = sized(batch.source, size_px)
    driving_seen = sized(batch.driving if driving_seen is None else driving_seen, size_px)
    both = torch.cat((source_seen, driving_seen)).contiguous(memory_format=torch.channels_last)
    prediction = networks.motion_extractor(both)
    source_prediction, driving_prediction = _halves(prediction)
    source, driving = motion_from_prediction(source_prediction), motion_from_prediction(driving_prediction)
    kp_source, kp_driving = source.keypoints(), placed_like(driving, source).keypoints()
    with amp:
        appearance = networks.appearance_feature_extractor(source_seen)
        warped = networks.warping_network(appearance, kp_driving, kp_source)
        drawn = networks.spade_generator.draw(warped)
    return Reconstruction(
        drawn.image.float(), source_prediction, driving_prediction, kp_source, kp_driving, drawn.keep_logit
    )


def sized(image: ImageBatch, size_px: int) -> ImageBatch:
    """Pictures at the size that a network reads; those of that size as they are."""
    if image.shape[-1] == size_px:
        return image
    return functional.interpolate(image, (size_px, size_px), mode="bilinear", antialias=True)


def placed_like(driving: Motion, source: Motion) -> Motion:
    """The driving motion on the source's canonical keypoints: identity comes from the source alone."""
    return Motion(
        rotation=driving.rotation,
        expression=driving.expression,
        scale=driving.scale,
        translation=driving.translation,
        canonical_keypoints=source.canonical_keypoints,
    )


def regions_of(targets: MotionTargets) -> Regions:
    """The boxes of a batch from the keypoints that landmarks guide."""
    points = targets.keypoints[..., :2]
    left, right = EYE_KEYPOINTS[:2] + EYE_KEYPOINTS[4:5], EYE_KEYPOINTS[2:4] + EYE_KEYPOINTS[5:6]
    lips = square_boxes(points, LIP_KEYPOINTS, scale=1.7)
    half = (lips[:, 2:] - lips[:, :2]).mean(1, keepdim=True) / 2
    return Regions(
        face=square_boxes(points, FACE_OUTLINE, scale=1.15),
        lips=lips,
        left_eye=_box_around(points[:, list(left)].mean(1), 0.6 * half),
        right_eye=_box_around(points[:, list(right)].mean(1), 0.6 * half),
        mouth=square_boxes(points, OPENINGS[0], scale=0.9),
    )


def image_losses(
    image: ImageBatch,
    batch: PairBatch,
    backbone: FeatureBackbone | None,
    weights: ImageWeights,
    sizes: RegionSizes,
) -> ImageLosses:
    """What separates a redrawn frame from the driving frame, as a whole and up close.

    Without a backbone the perceptual parts are 0.
    """
    target = batch.driving
    regions = regions_of(batch.driving_targets)
    face = _cut_both(image, target, regions.face, sizes.face_px)
    parts = [
        _cut_both(image, target, boxes, sizes.part_px)
        for boxes in (regions.lips, regions.left_eye, regions.right_eye)
    ]
    lips, *eyes = parts
    closer = torch.stack([_l1(found, expected) for found, expected in (face, *parts)]).sum()
    mouth = _cut_both(image, target, regions.mouth, sizes.mouth_px)
    pixels = weights.pixels * _l1(image, target)
    by_region, by_mouth = weights.regions * closer / 2, weights.mouth * _l1(*mouth)
    if backbone is None:
        nothing = torch.zeros_like(pixels)
        return ImageLosses(pixels, by_region, by_mouth, nothing, nothing)
    scale = sizes.whole_px / image.shape[-1]
    return ImageLosses(
        pixels=pixels,
        regions=by_region,
        mouth=by_mouth,
        perceptual=weights.perceptual * perceptual_loss(image, target, backbone, scales=(scale,)),
        perceptual_regions=weights.perceptual_face * perceptual_loss(*face, backbone)
        + weights.perceptual_lips * perceptual_loss(*lips, backbone)
        + weights.perceptual_eyes * _eyes_loss(eyes, backbone),
    )


class Pictures(NamedTuple):
    """The same part of what was made and of what should be."""

    found: ImageBatch
    expected: ImageBatch


def _cut_both(image: ImageBatch, target: ImageBatch, boxes: Boxes, size_px: int) -> Pictures:
    return Pictures(cut_regions(image, boxes, size_px=size_px), cut_regions(target, boxes, size_px=size_px))


def _eyes_loss(eyes: list[Pictures], backbone: FeatureBackbone) -> Loss:
    found, expected = (torch.cat(column) for column in zip(*eyes, strict=True))
    return perceptual_loss(found, expected, backbone)


def _l1(found: Tensor, expected: Tensor) -> Loss:
    return (found - expected).abs().mean()


def _box_around(centre: Tensor, half: Tensor) -> Boxes:
    return torch.cat((centre - half, centre + half), 1).detach()


def _halves(prediction: MotionPrediction) -> tuple[MotionPrediction, MotionPrediction]:
    source, driving = zip(*(values.chunk(2) for values in prediction), strict=True)
    return MotionPrediction(*source), MotionPrediction(*driving)
