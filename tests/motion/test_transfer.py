"""One head moves as another."""

from dataclasses import replace

import torch
from torch.testing import assert_close

from liveportrait.motion.state import Motion
from liveportrait.motion.transfer import transfer, transfer_absolute, transfer_relative
from tests.motion.samples import random_motion


def test_driving_at_the_anchor_changes_nothing() -> None:
    source, anchor = random_motion(seed=0), random_motion(seed=1)
    moved = transfer_relative(source, anchor, anchor)
    assert_close(moved.keypoints(), source.keypoints())


def test_a_source_that_is_the_anchor_becomes_the_driver_on_its_own_face() -> None:
    source, driving = random_motion(seed=0), random_motion(seed=1, num_frames=3)
    moved = transfer_relative(source, driving, source)
    expected = replace(driving, canonical_keypoints=source.canonical_keypoints.expand(3, -1, -1))
    assert_close(moved.keypoints(), expected.keypoints())


def test_relative_motion_goes_on_where_it_left_off() -> None:
    """From a to b and then from b to c is from a to c."""
    source = random_motion(seed=0)
    first, second, third = random_motion(seed=1, num_frames=3)
    by_way = transfer_relative(transfer_relative(source, second, first), third, second)
    straight = transfer_relative(source, third, first)
    for name in ("expression", "scale", "translation"):
        assert_close(getattr(by_way, name), getattr(straight, name))
    same_axis = replace(third, rotation=second.rotation)
    assert_close(
        transfer_relative(transfer_relative(source, second, first), same_axis, second).rotation,
        transfer_relative(source, same_axis, first).rotation,
    )


def test_absolute_motion_is_the_drivers_at_the_sources_size() -> None:
    source, driving = random_motion(seed=0), random_motion(seed=1, num_frames=2)
    moved = transfer_absolute(source, driving)
    assert torch.equal(moved.rotation, driving.rotation)
    assert torch.equal(moved.expression, driving.expression)
    assert torch.equal(moved.translation, driving.translation)
    assert torch.equal(moved.scale, source.scale.expand(2, 1))
    assert torch.equal(moved.canonical_keypoints[1], source.canonical_keypoints[0])


def test_frame_by_frame_is_all_at_once() -> None:
    source, anchor = random_motion(seed=0), random_motion(seed=2)
    driving = random_motion(seed=1, num_frames=4)
    at_once = transfer(source, driving, anchor, mode="relative").keypoints()
    each = [transfer(source, frame, anchor, mode="relative").keypoints() for frame in driving]
    assert_close(at_once, torch.cat(each))


def test_a_single_driving_frame_moves_every_source_frame() -> None:
    source, driving = random_motion(seed=0, num_frames=4), random_motion(seed=1)
    assert len(transfer(source, driving, driving, mode="absolute")) == 4


def test_inputs_are_left_alone() -> None:
    source, driving = random_motion(seed=0), random_motion(seed=1)
    before: Motion = replace(source, expression=source.expression.clone())
    transfer_relative(source, driving, driving)
    assert torch.equal(source.expression, before.expression)
