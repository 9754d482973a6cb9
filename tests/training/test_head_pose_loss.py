from math import cos, log, radians, sin

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from liveportrait.motion.rotation import degrees_from_rotation
from liveportrait.motion.state import degrees_from_logits
from liveportrait.training.head_pose_loss import (
    HeadPose,
    HeadPoseLogits,
    bins_from_degrees,
    head_pose_bin_loss,
    head_pose_degree_loss,
)


def pose(pitch: float, yaw: float, roll: float) -> HeadPose:
    return HeadPose(torch.tensor([pitch]), torch.tensor([yaw]), torch.tensor([roll]))


def rotation_of(pitch: float, yaw: float, roll: float) -> torch.Tensor:
    """(Rz Ry Rx)^T written out from the three axis matrices."""
    p, y, r = radians(pitch), radians(yaw), radians(roll)
    about_x = torch.tensor([[1, 0, 0], [0, cos(p), -sin(p)], [0, sin(p), cos(p)]])
    about_y = torch.tensor([[cos(y), 0, sin(y)], [0, 1, 0], [-sin(y), 0, cos(y)]])
    about_z = torch.tensor([[cos(r), -sin(r), 0], [sin(r), cos(r), 0], [0, 0, 1]])
    return (about_z @ about_y @ about_x).T[None]


def logits_at(bins: tuple[int, int, int]) -> HeadPoseLogits:
    return HeadPoseLogits(*(torch.eye(66)[[index]] * 100 for index in bins))


def test_bins_read_out_as_three_times_the_index_minus_97_and_a_half() -> None:
    assert_close(degrees_from_logits(torch.eye(66) * 1000), 3.0 * torch.arange(66) - 97.5)


@given(st.floats(-97.5, 97.5))
@settings(deadline=None, max_examples=30)
def test_taught_bins_have_the_angle_as_expectation(degrees: float) -> None:
    bins = bins_from_degrees(torch.tensor([degrees]))
    assert_close(bins.sum(), torch.tensor(1.0), atol=1e-4, rtol=0)
    assert_close(degrees_from_logits((bins + 1e-12).log()), torch.tensor([degrees]), atol=1e-3, rtol=0)


def test_angles_beyond_the_bins_stop_at_the_last() -> None:
    assert_close(bins_from_degrees(torch.tensor([-170.0, 170.0])), torch.eye(66)[[0, 65]])


def test_bin_loss_of_flat_logits_is_log_66_and_of_certain_ones_zero() -> None:
    flat = HeadPoseLogits(*(torch.zeros(1, 66) for _ in range(3)))
    assert float(head_pose_bin_loss(flat, pose(3.0, -10.0, 0.0))) == pytest.approx(log(66))
    assert float(head_pose_bin_loss(logits_at((32, 33, 40)), pose(-1.5, 1.5, 22.5))) == pytest.approx(
        0, abs=1e-5
    )


def test_degree_loss_is_the_mean_absolute_angle_error() -> None:
    assert float(head_pose_degree_loss(logits_at((32, 33, 40)), pose(-1.5, 4.5, 16.5))) == pytest.approx(3.0)


def test_pitch_yaw_and_roll_do_not_trade_places() -> None:
    right = head_pose_bin_loss(logits_at((36, 26, 40)), pose(10.5, -19.5, 22.5))
    swapped = head_pose_bin_loss(logits_at((26, 36, 40)), pose(10.5, -19.5, 22.5))
    assert right < 1e-5
    assert swapped > 10


@given(st.floats(-89, 89), st.floats(-80, 80), st.floats(-170, 170))
@settings(deadline=None, max_examples=30)
def test_a_known_rotation_gives_back_its_angles(pitch: float, yaw: float, roll: float) -> None:
    found = torch.stack(degrees_from_rotation(rotation_of(pitch, yaw, roll)))[:, 0]
    assert_close(found, torch.tensor([pitch, yaw, roll]), atol=2e-2, rtol=0)


def test_positive_yaw_turns_a_row_vector_the_way_of_the_house() -> None:
    nose = torch.tensor([[[0.0, 0.0, -1.0]]])
    turned = nose @ rotation_of(0.0, 30.0, 0.0)
    assert_close(turned, torch.tensor([[[-sin(radians(30)), 0.0, -cos(radians(30))]]]))
