"""Eyes and lips by their opening: what the small networks are asked, and when."""

from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from liveportrait.motion.openings import Openings
from liveportrait.tensors import Keypoints

OPEN_LIP_RATIO = 0.03
"""From here on the source's lips count as open, and lip normalisation closes them."""

OPEN_EYE_RATIO = 0.18
"""From here on the first frame's eyes count as open, and are what a steadied source returns to."""

USUAL_EYE_RATIO = 0.39
"""What a steadied source returns to when its first frame has the eyes closed."""


@runtime_checkable
class Retargeter(Protocol):
    """A model's three small networks, run; source keypoints are placed ones, not canonical."""

    def stitch(self, kp_source: Keypoints, kp_driving: Keypoints) -> Keypoints:
        """The driving keypoints, shifted so that the shoulders stay where the source has them."""
        ...

    def eye_offsets(self, kp_source: Keypoints, ratios: Float[Tensor, "b 3"]) -> Keypoints:
        """What to add to the keypoints; ratios are the two eyes' and the wanted one."""
        ...

    def lip_offsets(self, kp_source: Keypoints, ratios: Float[Tensor, "b 2"]) -> Keypoints:
        """What to add to the keypoints; ratios are present and wanted."""
        ...


def apply_stitching(kp_driving: Keypoints, offsets: Float[Tensor, "b o"]) -> Keypoints:
    """Add the stitching network's output: an offset of each keypoint, then one shift (x, y) of all."""
    shift = torch.nn.functional.pad(offsets[:, None, -2:], (0, 1))
    return kp_driving + offsets[:, :-2].unflatten(1, (-1, 3)) + shift


def eye_condition(source: Openings, wanted: Float[Tensor, "b 1"]) -> Float[Tensor, "b 3"]:
    """The eye network's ratios: the two eyes', the wanted one."""
    return torch.cat([source.eyes, wanted], dim=1)


def lip_condition(source: Openings, wanted: Float[Tensor, "b 1"]) -> Float[Tensor, "b 2"]:
    """The lip network's ratios: present, wanted."""
    return torch.cat([source.lips, wanted], dim=1)


def eyes_as_driver(
    kp_source: Keypoints, source: Openings, driving: Openings, retargeter: Retargeter
) -> Keypoints:
    """Offsets that open the source's eyes as far as the driver's first one (the reference reads no other)."""
    return retargeter.eye_offsets(kp_source, eye_condition(source, driving.eyes[:, :1]))


def lips_as_driver(
    kp_source: Keypoints, source: Openings, driving: Openings, retargeter: Retargeter
) -> Keypoints:
    """Offsets that open the source's lips as far as the driver's."""
    return retargeter.lip_offsets(kp_source, lip_condition(source, driving.lips))


def closing_lips(kp_source: Keypoints, source: Openings, retargeter: Retargeter) -> Keypoints:
    """Lip normalisation: offsets that close lips that are open in the source, none where they are closed.

    Relative motion adds the driver's opening to the source's; without this a smile with teeth would
    open wider and never close.
    """
    offsets = retargeter.lip_offsets(kp_source, lip_condition(source, torch.zeros_like(source.lips)))
    return torch.where(source.lips[:, :, None] >= OPEN_LIP_RATIO, offsets, 0.0)


def steady_eye_ratio(first: Openings) -> Float[Tensor, "b 1"]:
    """How far a steadied source video keeps its eyes open, from its first frame."""
    ratio = first.eyes.mean(dim=1, keepdim=True)
    return torch.where(ratio >= OPEN_EYE_RATIO, ratio, USUAL_EYE_RATIO)


def steadying_eyes(
    kp_source: Keypoints, source: Openings, ratio: Float[Tensor, "b 1"], retargeter: Retargeter
) -> Keypoints:
    """Source-video eye retargeting: offsets that hold the eyes at `ratio`, so that only the driver blinks."""
    return retargeter.eye_offsets(kp_source, eye_condition(source, ratio))
