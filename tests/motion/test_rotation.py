"""Angles, matrices and tangent vectors are one thing written three ways."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.testing import assert_close

from liveportrait.motion.rotation import (
    angle_between_deg,
    degrees_from_rotation,
    nearest_rotation,
    rotation_from_degrees,
    rotation_from_tangent,
    tangent_from_rotation,
    without_drift,
)

ANGLES = st.floats(-179, 179, width=32)
YAWS = st.floats(-85, 85, width=32)
COORDINATES = st.floats(-1, 1, width=32)


def degrees(value: float) -> Tensor:
    return torch.tensor([value])


def rotation_of(pitch: float, yaw: float, roll: float) -> Tensor:
    return rotation_from_degrees(pitch=degrees(pitch), yaw=degrees(yaw), roll=degrees(roll))


@pytest.mark.parametrize(
    ("angles", "start", "end"),
    [
        ((90.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
        ((0.0, 90.0, 0.0), (0.0, 0.0, 1.0), (1.0, 0.0, 0.0)),
        ((0.0, 0.0, 90.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
        ((90.0, 0.0, 90.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    ],
)
def test_a_quarter_turn_takes_row_vectors_from_axis_to_axis(
    angles: tuple[float, float, float], start: tuple[float, ...], end: tuple[float, ...]
) -> None:
    assert_close(torch.tensor([start]) @ rotation_of(*angles)[0], torch.tensor([end]), atol=1e-6, rtol=0)


@given(ANGLES, YAWS, ANGLES)
def test_angles_come_back_from_their_rotation(pitch: float, yaw: float, roll: float) -> None:
    found = torch.cat(degrees_from_rotation(rotation_of(pitch, yaw, roll)))
    assert_close(found, torch.tensor([pitch, yaw, roll]), atol=5e-3, rtol=0)


@given(ANGLES, st.floats(-180, 180, width=32), ANGLES)
def test_angles_of_any_rotation_make_it_again(pitch: float, yaw: float, roll: float) -> None:
    rotation = rotation_of(pitch, yaw, roll)
    pitch_deg, yaw_deg, roll_deg = degrees_from_rotation(rotation)
    assert_close(
        rotation_from_degrees(pitch=pitch_deg, yaw=yaw_deg, roll=roll_deg), rotation, atol=2e-4, rtol=0
    )


@pytest.mark.parametrize("yaw", [90.0, -90.0])
def test_straight_to_the_side_roll_is_nothing(yaw: float) -> None:
    rotation = rotation_of(20.0, yaw, 10.0)
    pitch_deg, yaw_deg, roll_deg = degrees_from_rotation(rotation)
    again = rotation_from_degrees(pitch=pitch_deg, yaw=yaw_deg, roll=roll_deg)
    assert_close(again, rotation, atol=1e-5, rtol=0)


@given(ANGLES, ANGLES, ANGLES)
def test_rotations_are_orthonormal_and_do_not_mirror(pitch: float, yaw: float, roll: float) -> None:
    rotation = rotation_of(pitch, yaw, roll)
    assert_close(rotation @ rotation.mT, torch.eye(3)[None], atol=1e-6, rtol=0)
    assert_close(torch.linalg.det(rotation), torch.ones(1))


@given(st.tuples(COORDINATES, COORDINATES, COORDINATES), st.floats(0, 3.125, width=32))
def test_tangent_vectors_come_back_at_every_angle(axis: tuple[float, float, float], angle: float) -> None:
    direction = torch.tensor([axis], dtype=torch.float64)
    vector = angle * direction / direction.norm().clamp_min(1e-3)
    assert_close(tangent_from_rotation(rotation_from_tangent(vector)), vector, atol=1e-6, rtol=0)


def test_the_exponential_is_that_of_the_skew_matrix() -> None:
    vector = torch.tensor([[0.3, -1.2, 0.7], [0.0, 0.0, 0.0], [1e-5, 0.0, 0.0]], dtype=torch.float64)
    x, y, z = vector.unbind(-1)
    zero = torch.zeros_like(x)
    skew = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).view(-1, 3, 3)
    assert_close(rotation_from_tangent(vector), torch.linalg.matrix_exp(skew), atol=1e-12, rtol=0)


def test_half_a_turn_has_a_tangent_of_length_pi() -> None:
    turn = rotation_of(0.0, 0.0, 180.0)
    assert_close(tangent_from_rotation(turn).norm(dim=-1), torch.tensor([math.pi]))
    assert_close(rotation_from_tangent(tangent_from_rotation(turn)), turn, atol=1e-6, rtol=0)


def test_the_angle_between_two_turns_about_one_axis_is_their_difference() -> None:
    between = angle_between_deg(rotation_of(0.0, 12.0, 0.0), rotation_of(0.0, -30.0, 0.0))
    assert_close(between, torch.tensor([42.0]))


@given(ANGLES, ANGLES, ANGLES)
def test_the_nearest_rotation_of_a_disturbed_one_is_near_and_a_rotation(
    pitch: float, yaw: float, roll: float
) -> None:
    rotation = rotation_of(pitch, yaw, roll)
    disturbed = rotation + 0.01 * torch.randn(1, 3, 3, generator=torch.Generator().manual_seed(0))
    nearest = nearest_rotation(disturbed)
    assert_close(nearest @ nearest.mT, torch.eye(3)[None], atol=1e-5, rtol=0)
    assert float(angle_between_deg(nearest, rotation)) < 2


def test_rounding_does_not_take_a_long_product_off_the_group() -> None:
    step = rotation_of(1.0, 2.0, 3.0)
    product = torch.eye(3)[None]
    for _ in range(1000):
        product = without_drift(product @ step)
    assert_close(product @ product.mT, torch.eye(3)[None], atol=1e-6, rtol=0)
    off = 1.001 * step
    assert_close(without_drift(off), step, atol=3e-6, rtol=0)


def test_a_mirror_becomes_a_rotation() -> None:
    assert_close(
        torch.linalg.det(nearest_rotation(torch.diag(torch.tensor([1.0, 1, -1]))[None])), torch.ones(1)
    )
