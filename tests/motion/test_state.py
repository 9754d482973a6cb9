"""Keypoints follow from motion; frames can be taken, joined and repeated."""

from dataclasses import fields, replace

import pytest
import torch
from torch.testing import assert_close

from liveportrait.motion.rotation import degrees_from_rotation, rotation_from_degrees
from liveportrait.motion.state import Motion, concatenate, degrees_from_logits, motion_from_prediction
from liveportrait.networks.motion_extractor import MotionPrediction
from tests.motion.samples import random_motion


def test_keypoints_of_one_point_by_hand() -> None:
    """A point on the x axis, turned to y by a roll of 90 degrees, raised by an expression, twice as large."""
    zero, right_angle = torch.zeros(1), torch.full((1,), 90.0)
    motion = Motion(
        rotation=rotation_from_degrees(pitch=zero, yaw=zero, roll=right_angle),
        expression=torch.tensor([[[0.0, 0.5, 0.25]]]),
        scale=torch.tensor([[2.0]]),
        translation=torch.tensor([[0.1, 0.2, 0.3]]),
        canonical_keypoints=torch.tensor([[[1.0, 0.0, 0.0]]]),
    )
    assert_close(motion.keypoints(), torch.tensor([[[0.1, 3.2, 0.5]]]))
    assert_close(motion.keypoints_with_depth(), torch.tensor([[[0.1, 3.2, 0.8]]]))


def test_a_head_at_rest_is_its_canonical_keypoints() -> None:
    motion = replace(
        random_motion(seed=0),
        rotation=torch.eye(3)[None],
        expression=torch.zeros(1, 21, 3),
        scale=torch.ones(1, 1),
        translation=torch.zeros(1, 3),
    )
    assert torch.equal(motion.keypoints(), motion.canonical_keypoints)


def test_frames_are_taken_and_joined_again() -> None:
    motion = random_motion(seed=0, num_frames=5)
    joined = concatenate([motion[0], motion[1:4], motion[-1]])
    assert len(joined) == 5
    for field in fields(motion):
        assert torch.equal(getattr(joined, field.name), getattr(motion, field.name))


def test_frames_are_taken_in_any_order_and_number() -> None:
    motion = random_motion(seed=0, num_frames=5)
    taken = motion.take([4, 0, 0])
    assert torch.equal(taken.rotation, motion.rotation[[4, 0, 0]])
    assert torch.equal(taken.canonical_keypoints, motion.canonical_keypoints[[4, 0, 0]])


def test_a_motion_is_a_sequence_of_its_frames() -> None:
    motion = random_motion(seed=0, num_frames=3)
    frames = list(motion)
    assert [len(frame) for frame in frames] == [1, 1, 1]
    assert torch.equal(frames[2].expression, motion.expression[2:])


@pytest.mark.parametrize("index", [3, -4])
def test_a_frame_that_is_not_there_raises(index: int) -> None:
    with pytest.raises(IndexError):
        random_motion(seed=0, num_frames=3)[index]


def test_one_frame_repeats_without_being_copied() -> None:
    motion = random_motion(seed=0)
    repeated = motion.expand(1000)
    assert len(repeated) == 1000
    assert repeated.expression.untyped_storage().data_ptr() == motion.expression.untyped_storage().data_ptr()


def test_a_motion_moves_to_a_device_as_a_whole() -> None:
    moved = random_motion(seed=0).to("meta")
    assert {getattr(moved, field.name).device.type for field in fields(moved)} == {"meta"}


@pytest.mark.parametrize(("bin_index", "angle_deg"), [(0, -97.5), (32, -1.5), (33, 1.5), (65, 97.5)])
def test_a_sure_bin_is_its_angle(bin_index: int, angle_deg: float) -> None:
    logits = torch.full((1, 66), -100.0)
    logits[0, bin_index] = 100.0
    assert_close(degrees_from_logits(logits), torch.tensor([angle_deg]))


def test_undecided_bins_look_ahead() -> None:
    assert_close(degrees_from_logits(torch.zeros(2, 66)), torch.zeros(2), atol=1e-4, rtol=0)


def test_a_prediction_keeps_what_needs_no_change_and_turns_its_head() -> None:
    """Each angle goes to its own axis."""
    logits = torch.full((3, 66), -100.0)
    for row, chosen in enumerate((35, 40, 30)):
        logits[row, chosen] = 100.0
    known = random_motion(seed=0)
    motion = motion_from_prediction(
        MotionPrediction(
            pitch=logits[:1],
            yaw=logits[1:2],
            roll=logits[2:],
            translation=known.translation,
            expression=known.expression,
            scale=known.scale,
            canonical_keypoints=known.canonical_keypoints,
        )
    )
    assert_close(torch.cat(degrees_from_rotation(motion.rotation)), torch.tensor([7.5, 22.5, -7.5]))
    assert motion.expression is known.expression and motion.scale is known.scale
