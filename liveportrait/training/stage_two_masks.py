"""What each of the small networks must leave alone, from the keypoints that landmarks guide."""

import torch

from liveportrait.tensors import Keypoints, PerItem
from liveportrait.training.opening_meter import BOX_SCALE
from liveportrait.training.pairs import MotionTargets
from liveportrait.training.regions import Boxes, RegionMask, mask_below, mask_inside, square_boxes
from liveportrait.training.stage_one import FACE_OUTLINE, regions_of

NOSE_TIP, CHIN, LEFT_SIDE, RIGHT_SIDE = 14, 15, 16, 17


def meter_boxes(targets: MotionTargets) -> Boxes:
    """Where an opening meter should look: the square that the landmark network was trained with."""
    return square_boxes(targets.keypoints[..., :2], FACE_OUTLINE, scale=BOX_SCALE)


def shoulders(targets: MotionTargets, *, size_px: int) -> RegionMask:
    """All that lies below the chin and a little room for it to move."""
    return mask_below(_y(targets, CHIN) + 0.1 * _face_height(targets), size_px=size_px)


def faces(keypoints: Keypoints, *, size_px: int) -> RegionMask:
    """The squares that hold the faces whose keypoints these are."""
    return mask_inside(square_boxes(keypoints[..., :2], FACE_OUTLINE, scale=1.15), size_px=size_px)


def all_but_eyes(targets: MotionTargets, *, size_px: int) -> RegionMask:
    """Everything outside of the squares around both eyes."""
    regions = regions_of(targets)
    eyes = [mask_inside(boxes, size_px=size_px) for boxes in (regions.left_eye, regions.right_eye)]
    return 1 - torch.maximum(*eyes)


def all_but_lower_face(targets: MotionTargets, *, size_px: int) -> RegionMask:
    """Everything but what an opening jaw moves: from the nose tip to somewhat below the chin."""
    sides = targets.keypoints[:, [LEFT_SIDE, RIGHT_SIDE], 0]
    low, high = sides.amin(dim=1), sides.amax(dim=1)
    bottom = _y(targets, CHIN) + 0.2 * _face_height(targets)
    boxes = torch.stack([low, _y(targets, NOSE_TIP), high, bottom], dim=1)
    return 1 - mask_inside(boxes, size_px=size_px)


def _y(targets: MotionTargets, keypoint: int) -> PerItem:
    return targets.keypoints[:, keypoint, 1]


def _face_height(targets: MotionTargets) -> PerItem:
    return (_y(targets, CHIN) - _y(targets, FACE_OUTLINE[-1])).abs()
