"""What the face landmark network sees in a redrawn frame, against what it sees in the real one.

Pixels reward an eye half closed nearly as well as one that is shut; landmarks do not. It is
the landmark guidance of the paper (section 3.2), asked of the picture and not of keypoints
alone, so that motion extractor and renderer learn together how far to open.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor

from liveportrait.motion.openings import Openings
from liveportrait.tensors import ImageBatch, Loss
from liveportrait.training.landmark_losses import wing_loss
from liveportrait.training.opening_meter import BOX_SCALE, MeshPoints, mesh_openings
from liveportrait.training.pairs import MotionTargets
from liveportrait.training.regions import (
    LEFT_EYE_POINTS,
    LIP_POINTS,
    RIGHT_EYE_POINTS,
    Boxes,
    square_boxes,
)
from liveportrait.training.stage_one import FACE_OUTLINE

MeshReader: TypeAlias = Callable[[ImageBatch, Boxes], MeshPoints]

EXPRESSIVE_POINTS = (*LIP_POINTS, *LEFT_EYE_POINTS, *RIGHT_EYE_POINTS, 13, 14, 468, 473)
"""Lips, lids and irises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFaceWeights:
    """How much each part counts; all 0 leaves the landmark network out."""

    points: float = 0.0
    openings: float = 0.0


class ShownFaceLosses(NamedTuple):
    """The weighted parts; their sum is what is minimised."""

    shown_points: Loss
    shown_openings: Loss


def shown_face_losses(
    image: ImageBatch,
    driving: ImageBatch,
    targets: MotionTargets,
    read: MeshReader,
    weights: ShownFaceWeights,
) -> ShownFaceLosses:
    """How far the face that is shown is from the driving one; gradients reach `image`."""
    boxes = square_boxes(targets.keypoints[..., :2], FACE_OUTLINE, scale=BOX_SCALE)
    with torch.no_grad():
        expected = read(driving, boxes)
    found = read(image, boxes)
    return ShownFaceLosses(
        shown_points=weights.points * wing_loss(found, expected, weights=_emphasis(found)),
        shown_openings=weights.openings * _opening_error(mesh_openings(found), mesh_openings(expected)),
    )


def _emphasis(points: MeshPoints) -> Float[Tensor, " n"]:
    emphasis = torch.ones(points.shape[1], device=points.device)
    emphasis[list(EXPRESSIVE_POINTS)] = 6.0
    return emphasis


def _opening_error(found: Openings, expected: Openings) -> Loss:
    return (found.eyes - expected.eyes).abs().mean() + (found.lips - expected.lips).abs().mean()
