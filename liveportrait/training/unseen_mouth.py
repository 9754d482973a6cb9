"""What an opening mouth shows, and a closed one did not: there a moved pixel is a wrong one.

Lips that are pulled apart stretch over teeth and tongue when pixels are moved, and the picture
losses are slow to let go of them: a generator that keeps nearly all of a pixel has next to no
gradient towards keeping less. So it is told, on the logit, where the slope is steepest.
"""

import torch
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
ALL_UNSEEN, ALL_SEEN = 0.3, 0.6
"""Between these openings of the source, over the driving one, what counts as unseen falls from all to
nothing: teeth that a smile shows are to be moved, and half of a tooth over half of a colour is grey."""
FEWEST_PIXELS = 64
"""Over which the loss is spread: a slit of a few pixels shall not weigh as much as a mouth."""


def unseen_mouth(source: MotionTargets, driving: MotionTargets, *, size_px: int) -> RegionMask:
    """Between the driving lips, how far this is new to the source: 1 where its mouth was closed."""
    before, now = lip_opening(source), lip_opening(driving)
    seen = (before / now.clamp_min(LEAST_OPENING) - ALL_UNSEEN) / (ALL_SEEN - ALL_UNSEEN)
    share = (1 - seen).clamp(0, 1) * (now > LEAST_OPENING)
    return between_lips(driving.keypoints[..., :2], size_px=size_px) * share[:, None, None, None]


def keeping_loss(keep_logit: KeepLogit, unseen: RegionMask) -> Loss:
    """Cross entropy of what is kept against nothing, over the unseen pixels."""
    wrong = functional.softplus(keep_logit.float()) * unseen
    return wrong.sum() / unseen.sum().clamp_min(FEWEST_PIXELS)


def lip_opening(targets: MotionTargets) -> PerItem:
    """Height over width of the mouth, from the guided keypoints."""
    points = targets.keypoints[..., :2]
    (upper, lower), (left, right) = OPENINGS[0], MOUTH_CORNERS
    height = torch.linalg.vector_norm(points[:, lower] - points[:, upper], dim=1)
    return height / torch.linalg.vector_norm(points[:, right] - points[:, left], dim=1).clamp_min(1e-6)


def between_lips(points: ImagePoints, *, size_px: int) -> RegionMask:
    """An ellipse from inner lip to inner lip; a pixel counts by its centre."""
    (upper, lower), (left, right) = OPENINGS[0], MOUTH_CORNERS
    along = (points[:, right] - points[:, left]) * (WIDTH_BETWEEN_LIPS / 2)
    across = (points[:, lower] - points[:, upper]) / 2
    middle = (points[:, lower] + points[:, upper]) / 2
    at = (torch.arange(size_px, device=points.device) + 0.5) * 2 / size_px - 1
    row, column = torch.meshgrid(at, at, indexing="ij")
    offset = torch.stack((column, row), -1) - middle[:, None, None]
    area = _cross(along, across)[:, None, None]
    u, v = _cross(offset, across[:, None, None]), _cross(along[:, None, None], offset)
    return (u.square() + v.square() < area.square())[:, None].to(points.dtype)


def _cross(first: Tensor, second: Tensor) -> Tensor:
    return first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0]
