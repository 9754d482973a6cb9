"""What an opening mouth shows, and a closed one did not: there a moved pixel is a wrong one.

Lips that are pulled apart stretch over teeth and tongue when pixels are moved, and the picture
losses are slow to let go of them: a generator that keeps nearly all of a pixel has next to no
gradient towards keeping less. So it is told, on the logit, where the slope is steepest.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from liveportrait.networks.detail_decoder import KeepLogit
from liveportrait.tensors import ImagePoints, Loss, PerItem
from liveportrait.training.guides import MOUTH_CORNERS, OPENINGS
from liveportrait.training.pairs import MotionTargets
from liveportrait.training.regions import RegionMask

WIDTH_BETWEEN_LIPS = 0.75
"""Of what lies between the lips, over the distance of the mouth's corners."""
LEAST_OPENING = 0.06
"""Height over width of a mouth that counts as open; below it landmarks tremble."""
TEETH_REACH = 1.2
"""How far below the upper lip the source's pixels are of use, over its own opening."""
BLEND = 0.15
"""Part of the driving opening over which seen turns to unseen; half a tooth over half a colour is grey."""
FEWEST_PIXELS = 64
"""Over which an item's loss is spread: a slit of a few pixels shall not weigh as much as a mouth."""


def unseen_mouth(source: MotionTargets, driving: MotionTargets, *, size_px: int) -> RegionMask:
    """Between the driving lips, what is new to the source: all of it where its mouth was closed.

    Where it was open a little, as in a smile, its teeth stay with the upper lip and are to be moved;
    what is new begins below them.
    """
    before, now = lip_opening(source), lip_opening(driving)
    seen = TEETH_REACH * before / now.clamp_min(LEAST_OPENING)
    place = between_lips(driving.keypoints[..., :2], size_px=size_px)
    new = 1 + (place.depth - seen[:, None, None, None]) / BLEND
    is_open = (now > LEAST_OPENING)[:, None, None, None]
    return place.inside * is_open * new.clamp(0, 1)


def keeping_loss(keep_logit: KeepLogit, unseen: RegionMask) -> Loss:
    """Cross entropy of what is kept against nothing, over the unseen pixels of each item; then the mean.

    An item without such pixels counts as 0.
    """
    wrong = functional.softplus(keep_logit.float()) * unseen
    return (wrong.sum((1, 2, 3)) / unseen.sum((1, 2, 3)).clamp_min(FEWEST_PIXELS)).mean()


def lip_opening(targets: MotionTargets) -> PerItem:
    """Height over width of the mouth, from the guided keypoints."""
    points = targets.keypoints[..., :2]
    (upper, lower), (left, right) = OPENINGS[0], MOUTH_CORNERS
    height = torch.linalg.vector_norm(points[:, lower] - points[:, upper], dim=1)
    return height / torch.linalg.vector_norm(points[:, right] - points[:, left], dim=1).clamp_min(1e-6)


class PlaceBetweenLips(NamedTuple):
    """Of each pixel, by its centre."""

    inside: RegionMask
    """An ellipse from inner lip to inner lip."""
    depth: Float[Tensor, "b 1 h w"]
    """0 at the upper lip, 1 at the lower."""


def between_lips(points: ImagePoints, *, size_px: int) -> PlaceBetweenLips:
    """Where each pixel lies in the mouth."""
    (upper, lower), (left, right) = OPENINGS[0], MOUTH_CORNERS
    along = (points[:, right] - points[:, left]) * (WIDTH_BETWEEN_LIPS / 2)
    across = (points[:, lower] - points[:, upper]) / 2
    middle = (points[:, lower] + points[:, upper]) / 2
    at = (torch.arange(size_px, device=points.device) + 0.5) * 2 / size_px - 1
    row, column = torch.meshgrid(at, at, indexing="ij")
    offset = torch.stack((column, row), -1) - middle[:, None, None]
    area = _cross(along, across)[:, None, None]
    u, v = _cross(offset, across[:, None, None]), _cross(along[:, None, None], offset)
    inside = (u.square() + v.square() < area.square()).to(points.dtype)
    depth = (1 + v / torch.where(area == 0, 1, area)) / 2
    return PlaceBetweenLips(inside[:, None], depth[:, None])


def _cross(first: Tensor, second: Tensor) -> Tensor:
    return first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0]
