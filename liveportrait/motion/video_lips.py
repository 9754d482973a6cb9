"""The lips of a source video, opened, closed or silenced over its whole length (the released editor)."""

from dataclasses import replace

import torch

from liveportrait.motion.kalman import smooth_sequence
from liveportrait.motion.openings import Openings
from liveportrait.motion.retargeting import Retargeter, lip_condition
from liveportrait.motion.space import ExpressionSpace
from liveportrait.motion.state import Motion
from liveportrait.tensors import Keypoints

OBSERVATION_VARIANCE = 3e-6


def open_lips(
    source: Motion,
    openings: Openings,
    ratio: float,
    *,
    retargeter: Retargeter,
    observation_variance: float = OBSERVATION_VARIANCE,
) -> Keypoints:
    """The driving keypoints of all frames with the lips held at `ratio`."""
    kp_source = source.keypoints()
    condition = lip_condition(openings, torch.full_like(openings.lips, ratio))
    offsets = retargeter.lip_offsets(kp_source, condition)
    offsets = smooth_sequence(offsets, observation_variance=observation_variance)
    return retargeter.stitch(kp_source, kp_source + offsets)


def silence_lips(source: Motion, *, space: ExpressionSpace, retargeter: Retargeter) -> Keypoints:
    """The driving keypoints of all frames with the model's neutral expression; only the eyes live on.

    The translation's z is applied, as in the released editor.
    """
    neutral = space.neutral_expression.expand_as(source.expression)
    calm = replace(source, expression=torch.where(space.eye_mask, source.expression, neutral))
    return retargeter.stitch(source.keypoints(), calm.keypoints_with_depth())
