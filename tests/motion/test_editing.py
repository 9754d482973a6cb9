"""Edits do to a face what they say."""

from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from liveportrait.errors import SettingError
from liveportrait.motion.edit import Edit
from liveportrait.motion.editing import (
    edit_motion,
    edited_keypoints,
    edited_keypoints_turned_along,
    opening_offsets,
    turned,
)
from liveportrait.motion.kalman import smooth_sequence
from liveportrait.motion.released_spaces import animal_space, human_space
from liveportrait.motion.rotation import degrees_from_rotation, rotation_from_degrees
from liveportrait.motion.video_lips import open_lips, silence_lips
from tests.motion.samples import LinearRetargeter, UnaskedRetargeter, random_motion, random_openings

SOURCE = random_motion(seed=0)


def test_an_edit_of_nothing_changes_nothing() -> None:
    assert_close(edit_motion(SOURCE, Edit(), human_space()).keypoints(), SOURCE.keypoints())
    assert_close(edit_motion(SOURCE, Edit(), animal_space()).keypoints(), SOURCE.keypoints())


def test_angles_are_added_to_those_of_the_head() -> None:
    edit = Edit(pitch_deg=3.0, yaw_deg=-20.0, roll_deg=7.0)
    before = torch.cat(degrees_from_rotation(SOURCE.rotation))
    after = torch.cat(degrees_from_rotation(edit_motion(SOURCE, edit, human_space()).rotation))
    assert_close(after - before, torch.tensor([3.0, -20.0, 7.0]), atol=1e-4, rtol=0)


@pytest.mark.parametrize(
    ("edit", "nose", "crown"),
    [
        (Edit(pitch_deg=10.0), (0, 1), (0, -1)),
        (Edit(yaw_deg=10.0), (-1, 0), (0, -1)),
        (Edit(roll_deg=10.0), (0, 0), (1, -1)),
    ],
    ids=["down", "left", "clockwise"],
)
def test_angles_turn_as_the_help_says(edit: Edit, nose: tuple[int, int], crown: tuple[int, int]) -> None:
    """Signs of where nose and crown go, in x (to the right of the picture) and y (down)."""
    upright = rotation_from_degrees(pitch=torch.zeros(1), yaw=torch.zeros(1), roll=torch.zeros(1))
    rotation = turned(upright, edit)[0]
    for direction, expected in (((0.0, 0.0, -1.0), nose), ((0.0, -1.0, 0.0), crown)):
        placed = torch.tensor(direction) @ rotation
        assert placed[:2].mul(1e4).round().sign().tolist() == list(expected)


def test_zoom_scales_the_head() -> None:
    assert_close(edit_motion(SOURCE, Edit(zoom=1.2), human_space()).scale, SOURCE.scale * 1.2)


def test_a_shift_moves_the_point_that_the_model_has_for_it() -> None:
    moved = edit_motion(SOURCE, Edit(shift_x=0.1, shift_y=-0.05), human_space())
    change = moved.expression - SOURCE.expression
    assert_close(change[0, 5], torch.tensor([0.1, -0.05, 0.0]))
    assert_close(moved.translation, SOURCE.translation)
    assert int((change != 0).any(dim=-1).sum()) == 1


def test_a_shift_moves_the_whole_head_where_the_model_has_no_point_for_it() -> None:
    moved = edit_motion(SOURCE, Edit(shift_x=0.1, shift_y=-0.05), animal_space())
    expected = SOURCE.keypoints() + torch.tensor([0.1, -0.05, 0.0])
    assert_close(moved.keypoints(), expected)


def test_sliders_move_the_expression_of_every_frame() -> None:
    motion, space = random_motion(seed=0, num_frames=3), human_space()
    moved = edit_motion(motion, Edit(smile=0.5, blink=1.0), space)
    offset = space.offset({"smile": 0.5, "blink": 1.0})
    assert_close(moved.expression, motion.expression + offset)


def test_a_slider_that_the_model_lacks_raises() -> None:
    with pytest.raises(SettingError, match="no slider 'smile'"):
        edit_motion(SOURCE, Edit(smile=0.5), animal_space())


def test_wanted_openings_are_asked_of_the_networks() -> None:
    networks, openings, kp_source = LinearRetargeter(seed=0), random_openings(seed=0), SOURCE.keypoints()
    offsets = opening_offsets(kp_source, Edit(eye_open_ratio=0.0, lip_open_ratio=0.5), openings, networks)
    eyes = networks.eye_offsets(kp_source, torch.cat([openings.eyes, torch.zeros(1, 1)], dim=1))
    lips = networks.lip_offsets(kp_source, torch.cat([openings.lips, torch.full((1, 1), 0.5)], dim=1))
    assert_close(offsets, eyes + lips)


def test_openings_need_ratios() -> None:
    edit, kp_source = Edit(eye_open_ratio=0.0), SOURCE.keypoints()
    with pytest.raises(SettingError, match="blink"):
        opening_offsets(kp_source, edit, None, LinearRetargeter(seed=0))
    assert not opening_offsets(kp_source, Edit(), None, UnaskedRetargeter()).any()


def test_edited_keypoints_keep_their_depth() -> None:
    keypoints = edited_keypoints(SOURCE, Edit(), None, space=human_space(), retargeter=UnaskedRetargeter())
    assert_close(keypoints[..., 2], SOURCE.keypoints()[..., 2] + SOURCE.translation[:, 2:])


def test_lips_of_a_video_are_smoothed_on_their_way() -> None:
    source, networks = random_motion(seed=0, num_frames=6), LinearRetargeter(seed=0)
    openings = random_openings(seed=0, num_frames=6)
    kp_source = source.keypoints()
    offsets = networks.lip_offsets(kp_source, torch.cat([openings.lips, torch.zeros(6, 1)], dim=1))
    calm = smooth_sequence(offsets, observation_variance=1.0)
    expected = networks.stitch(kp_source, kp_source + calm)
    assert_close(open_lips(source, openings, 0.0, retargeter=networks, observation_variance=1.0), expected)


def test_silent_lips_leave_the_eyes_alive() -> None:
    space, networks = human_space(), LinearRetargeter(seed=0)
    source = random_motion(seed=0, num_frames=4)
    expression = space.neutral_expression.expand(4, -1, -1).clone()
    expression[:, space.eye_mask[:, 0]] = source.expression[:, space.eye_mask[:, 0]]
    calm = replace(source, expression=expression)
    expected = networks.stitch(source.keypoints(), calm.keypoints_with_depth())
    assert_close(silence_lips(source, space=space, retargeter=networks), expected)


def test_turned_along_the_expression_follows_the_head() -> None:
    """In closed form: a head that looks ahead is rolled by a quarter turn, and so is its smile."""
    space, nothing = human_space(), UnaskedRetargeter()
    ahead = replace(SOURCE, rotation=torch.eye(3)[None])
    edit = Edit(roll_deg=15.0, smile=0.5)
    quarter = replace(
        ahead,
        rotation=rotation_from_degrees(pitch=torch.zeros(1), yaw=torch.zeros(1), roll=torch.full((1,), 75.0)),
    )
    turned = edited_keypoints_turned_along(quarter, edit, None, space=space, retargeter=nothing)
    face = ahead.canonical_keypoints + ahead.expression + space.offset({"smile": 0.5})
    x, y, z = face.unbind(-1)
    expected = ahead.scale[:, :, None] * torch.stack([-y, x, z], -1) + ahead.translation[:, None, :]
    assert_close(turned, expected, atol=1e-6, rtol=1e-5)


def test_turned_along_differs_by_the_turn_of_the_expression_alone() -> None:
    space, nothing, edit = human_space(), UnaskedRetargeter(), Edit(yaw_deg=12.0, pitch_deg=-5.0, smile=0.7)
    usual = edited_keypoints(SOURCE, edit, None, space=space, retargeter=nothing)
    turned = edited_keypoints_turned_along(SOURCE, edit, None, space=space, retargeter=nothing)
    edited = edit_motion(SOURCE, edit, space)
    difference = edited.scale[:, :, None] * (edited.expression @ edited.rotation - edited.expression)
    assert_close(turned - usual, difference, atol=1e-6, rtol=1e-5)
    assert not torch.allclose(turned, usual, atol=1e-4)
