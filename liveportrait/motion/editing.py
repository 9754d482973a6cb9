"""Edits applied: to a motion, and to a source portrait as the released editor does it."""

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from liveportrait.errors import SettingError
from liveportrait.motion.edit import Edit
from liveportrait.motion.openings import Openings
from liveportrait.motion.retargeting import Retargeter, eye_condition, lip_condition
from liveportrait.motion.rotation import degrees_from_rotation, rotation_from_degrees
from liveportrait.motion.space import ExpressionSpace
from liveportrait.motion.state import Motion
from liveportrait.tensors import Keypoints, Rotation


def edit_motion(motion: Motion, edit: Edit, space: ExpressionSpace) -> Motion:
    """The motion with the edit's pose, shift, zoom and sliders; its openings need `opening_offsets`.

    Where the model has no direction for the shift of the head, its translation is shifted.
    """
    values = edit.slider_values()
    shift = torch.zeros(3)
    for axis, name in enumerate(("shift_x", "shift_y")):
        if name not in space.slider_names:
            shift[axis] = values.pop(name)
    return replace(
        motion,
        rotation=turned(motion.rotation, edit),
        expression=motion.expression + space.offset(values),
        scale=motion.scale * edit.zoom,
        translation=motion.translation + shift.to(motion.translation),
    )


def turned(rotation: Rotation, edit: Edit) -> Rotation:
    """The edit's angles added to those of the head."""
    pitch, yaw, roll = degrees_from_rotation(rotation)
    return rotation_from_degrees(
        pitch=pitch + edit.pitch_deg, yaw=yaw + edit.yaw_deg, roll=roll + edit.roll_deg
    )


def opening_offsets(
    kp_source: Keypoints, edit: Edit, openings: Openings | None, retargeter: Retargeter
) -> Keypoints:
    """What to add to placed keypoints for the edit's wanted openings of eyes and lips."""
    offsets = torch.zeros_like(kp_source)
    if edit.eye_open_ratio is None and edit.lip_open_ratio is None:
        return offsets
    if openings is None:
        raise SettingError(
            "An edit of eye_open_ratio or lip_open_ratio needs the source's own ratios, and its landmarks "
            "do not tell them; use blink and mouth_open."
        )
    if edit.eye_open_ratio is not None:
        wanted = _wanted(edit.eye_open_ratio, openings)
        offsets = offsets + retargeter.eye_offsets(kp_source, eye_condition(openings, wanted))
    if edit.lip_open_ratio is not None:
        wanted = _wanted(edit.lip_open_ratio, openings)
        offsets = offsets + retargeter.lip_offsets(kp_source, lip_condition(openings, wanted))
    return offsets


def edited_keypoints(
    source: Motion, edit: Edit, openings: Openings | None, *, space: ExpressionSpace, retargeter: Retargeter
) -> Keypoints:
    """The driving keypoints of an edited portrait, before stitching.

    As in the released editor the translation's z is applied here, which it is nowhere else.
    """
    kp_edited = edit_motion(source, edit, space).keypoints_with_depth()
    return kp_edited + opening_offsets(source.keypoints(), edit, openings, retargeter)


def edited_keypoints_turned_along(
    source: Motion, edit: Edit, openings: Openings | None, *, space: ExpressionSpace, retargeter: Retargeter
) -> Keypoints:
    """The same as the Expression Editor of ComfyUI-AdvancedLivePortrait has it: scale (canonical + expression
    + change) rotation + translation.

    The expression is turned along with the head, which the paper's equation 2 does not do; so even an
    edit of nothing moves the keypoints of a head that is turned.
    """
    edited = edit_motion(source, edit, space)
    turned_along = (edited.canonical_keypoints + edited.expression) @ edited.rotation
    kp_edited = edited.scale[:, :, None] * turned_along + edited.translation[:, None, :]
    return kp_edited + opening_offsets(source.keypoints(), edit, openings, retargeter)


def _wanted(ratio: float, openings: Openings) -> Float[Tensor, "b 1"]:
    return torch.full_like(openings.lips, ratio)
