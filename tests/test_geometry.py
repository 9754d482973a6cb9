"""Plane transforms: what goes where, and back."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from liveportrait.geometry import apply_transform, inverse, pixel_bounds, similarity

angles = st.floats(-math.pi, math.pi)
scales = st.floats(0.05, 20.0)
positions = st.tuples(st.floats(-2000.0, 2000.0), st.floats(-2000.0, 2000.0))


@given(scale=scales, angle=angles, source=positions, target=positions)
def test_a_similarity_takes_its_point_to_its_target(
    scale: float, angle: float, source: tuple[float, float], target: tuple[float, float]
) -> None:
    transform = similarity(scale=scale, angle_rad=angle, from_xy=source, to_xy=target)
    assert_allclose(apply_transform(transform, np.array([source])), [target], atol=1e-6)


@given(scale=scales, angle=angles, source=positions, target=positions)
def test_the_inverse_brings_points_back(
    scale: float, angle: float, source: tuple[float, float], target: tuple[float, float]
) -> None:
    points = np.array([[3.0, 4.0], [-100.0, 20.0], source])
    transform = similarity(scale=scale, angle_rad=angle, from_xy=source, to_xy=target)
    assert_allclose(
        apply_transform(inverse(transform), apply_transform(transform, points)), points, atol=1e-6
    )


def test_a_positive_angle_turns_x_towards_y() -> None:
    quarter = similarity(scale=2.0, angle_rad=math.pi / 2, from_xy=(0.0, 0.0), to_xy=(0.0, 0.0))
    assert_allclose(apply_transform(quarter, np.array([[1.0, 0.0]])), [[0.0, 2.0]], atol=1e-12)


def test_points_keep_their_dtype() -> None:
    assert apply_transform(np.eye(3), np.zeros((2, 2), np.float32)).dtype == np.float32


def test_bounds_hold_the_points_and_stop_at_the_edges() -> None:
    rows, columns = pixel_bounds(np.array([[-5.0, 2.5], [3.2, 4.0]]), size_wh=(10, 4))
    assert (rows, columns) == (slice(2, 4), slice(0, 5))


def test_bounds_outside_of_the_picture_are_empty() -> None:
    rows, columns = pixel_bounds(np.array([[20.0, 1.0], [30.0, 3.0]]), size_wh=(10, 10))
    assert np.zeros((10, 10))[rows, columns].size == 0
