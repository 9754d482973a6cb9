"""Boxes: whether it is one, and boxes against boxes."""

from collections.abc import Sequence

import numpy as np

from liveportrait.arrays import BoxXYXY
from liveportrait.errors import SettingError


def checked_box(box_xyxy: BoxXYXY) -> BoxXYXY:
    """The box, if it has an inside."""
    if not (np.isfinite(box_xyxy).all() and (box_xyxy[2:] > box_xyxy[:2]).all()):
        raise SettingError(
            f"Expected a face's box as left,top,right,bottom with left < right and top < bottom; "
            f"got {box_xyxy.tolist()}."
        )
    return box_xyxy


def overlap(first: BoxXYXY, second: BoxXYXY) -> float:
    """Intersection over union: 0 for boxes apart, 1 for the same box."""
    low, high = np.maximum(first[:2], second[:2]), np.minimum(first[2:], second[2:])
    shared = float(np.prod(np.clip(high - low, 0.0, None)))
    union = float(np.prod(first[2:] - first[:2]) + np.prod(second[2:] - second[:2])) - shared
    return shared / union if union > 0.0 else 0.0


def has_middle_in(box_xyxy: BoxXYXY, other_xyxy: BoxXYXY) -> bool:
    """Whether the middle of the first box lies in the second, as for boxes of one face by any landmarks."""
    middle = (box_xyxy[:2] + box_xyxy[2:]) / 2
    return bool((other_xyxy[:2] <= middle).all() and (middle <= other_xyxy[2:]).all())


def box_around(boxes: Sequence[BoxXYXY]) -> BoxXYXY:
    """The smallest box that holds all of them."""
    corners = np.stack(boxes)
    return np.concatenate([corners[:, :2].min(axis=0), corners[:, 2:].max(axis=0)])


def distance(first: BoxXYXY, second: BoxXYXY) -> float:
    """Between the centres, in pixels."""
    return float(np.linalg.norm((first[:2] + first[2:] - second[:2] - second[2:]) / 2))
