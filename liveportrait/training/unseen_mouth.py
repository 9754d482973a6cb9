"""What an opening mouth shows, and a closed one did not: there a moved pixel is a wrong one.

Lips that are pulled apart stretch over teeth and tongue when pixels are moved, and the picture
losses are slow to let go of them: a generator that keeps nearly all of a pixel has next to no
gradient towards keeping less. So it is told, on the logit, where the slope is steepest.
"""

import torch
from torch.nn import functional

from liveportrait.networks.detail_decoder import KeepLogit
from liveportrait.tensors import ImagePoints, Loss, PerItem
from liveportrait.training.guides import MOUTH_CORNERS, OPENINGS
from liveportrait.training.pairs import MotionTargets
from liveportrait.training.regions import Oval, RegionMask, oval

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
    depth = (1 + place.across) / 2
    new = 1 + (depth - seen[:, None, None, None]) / BLEND
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


def between_lips(points: ImagePoints, *, size_px: int) -> Oval:
    """From inner lip to inner lip; `across` is -1 at the upper and 1 at the lower."""
    (upper, lower), (left, right) = OPENINGS[0], MOUTH_CORNERS
    return oval(
        (points[:, lower] + points[:, upper]) / 2,
        (points[:, right] - points[:, left]) * (WIDTH_BETWEEN_LIPS / 2),
        (points[:, lower] - points[:, upper]) / 2,
        size_px=size_px,
    )
