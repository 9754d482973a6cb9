"""What each of the small networks must leave alone, from the keypoints that landmarks guide."""

import torch

from liveportrait.tensors import Keypoints, PerItem
from liveportrait.training.opening_meter import BOX_SCALE
from liveportrait.training.pairs import MotionTargets
from liveportrait.training.regions import Boxes, RegionMask, mask_below, mask_inside, oval, square_boxes
from liveportrait.training.stage_one import FACE_OUTLINE, regions_of

BORDER = 0.1
"""Of half the crop; the ramp of paste-back, and as much again for what a turning head drags."""

NOSE_TIP, CHIN, LEFT_SIDE, RIGHT_SIDE = 14, 15, 16, 17


def meter_boxes(targets: MotionTargets) -> Boxes:
    """Where an opening meter should look: the square that the landmark network was trained with."""
    return square_boxes(targets.keypoints[..., :2], FACE_OUTLINE, scale=BOX_SCALE)


def shoulders(targets: MotionTargets, *, size_px: int) -> RegionMask:
    """All that lies below the chin and a little room for it to move."""
    return mask_below(_y(targets, CHIN) + 0.1 * _face_height(targets), size_px=size_px)


def surroundings(targets: MotionTargets, *, size_px: int) -> RegionMask:
    """The shoulders, and the border of the crop, where paste-back blends it into its frame."""
    at = (torch.arange(size_px, device=targets.keypoints.device) + 0.5) * 2 / size_px - 1
    outside = at.abs() > 1 - BORDER
    border = (outside[:, None] | outside).to(targets.keypoints.dtype)
    return torch.maximum(shoulders(targets, size_px=size_px), border)


def faces(keypoints: Keypoints, *, size_px: int) -> RegionMask:
    """The ovals of the faces whose keypoints these are, from ear to ear and from chin to forehead.

    Not the squares around them: in their corners are neck and hair, which have to give way where
    a turned head meets shoulders that stay.
    """
    chin, left, right, forehead = (keypoints[:, point, :2] for point in FACE_OUTLINE)
    middle = (left + right + chin + forehead) / 4
    return oval(middle, (right - left) / 2, (chin - forehead) / 2, size_px=size_px).inside


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
