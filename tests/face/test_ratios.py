"""Openings and gaze from landmarks."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from liveportrait.errors import SettingError
from liveportrait.face.layouts import layout_of
from liveportrait.face.protocol import Face
from liveportrait.face.ratios import eye_open_ratios, gaze_directions, lip_open_ratio
from liveportrait.geometry import apply_transform, similarity
from tests.face.random_faces import random_landmarks

WITH_EYELIDS = (68, 203, 468, 478)


@pytest.mark.parametrize("num_points", WITH_EYELIDS)
def test_ratios_are_height_over_width(num_points: int) -> None:
    landmarks = random_landmarks(num_points)
    layout = layout_of(landmarks)
    assert layout.eye_openings is not None and layout.lip_opening is not None
    for opening, height in zip((*layout.eye_openings, layout.lip_opening), (4.0, 8.0, 12.0), strict=True):
        landmarks[[opening.first_corner, opening.second_corner]] = [[0, 0], [40, 0]]
        landmarks[[opening.upper, opening.lower]] = [[20, -height / 2], [20, height / 2]]
    assert_allclose(eye_open_ratios(landmarks), [0.1, 0.2], atol=1e-5)
    assert_allclose(lip_open_ratio(landmarks), [0.3], atol=1e-5)


def test_ratios_know_nothing_of_place_size_and_tilt(astronaut_face: Face) -> None:
    landmarks = astronaut_face.landmarks
    move = similarity(scale=2.5, angle_rad=0.7, from_xy=(200.0, 100.0), to_xy=(-30.0, 900.0))
    moved = apply_transform(move, landmarks)
    assert_allclose(eye_open_ratios(moved), eye_open_ratios(landmarks), atol=1e-3)
    assert_allclose(lip_open_ratio(moved), lip_open_ratio(landmarks), atol=1e-3)
    assert_allclose(gaze_directions(moved), gaze_directions(landmarks), atol=5e-3)


def test_the_portrait_has_open_eyes_and_parted_lips(astronaut_face: Face) -> None:
    assert (eye_open_ratios(astronaut_face.landmarks) > 0.25).all()
    assert 0.05 < lip_open_ratio(astronaut_face.landmarks)[0] < 0.4


def test_gaze_follows_the_irises(astronaut_face: Face) -> None:
    landmarks = astronaut_face.landmarks
    looking_right_down = landmarks.copy()
    looking_right_down[[468, 473]] += 2.0, 1.0
    change = gaze_directions(looking_right_down) - gaze_directions(landmarks)
    assert (change[:, 0] > 0.1).all() and (change[:, 1] > 0.05).all()


def test_a_layout_without_eyelids_is_refused() -> None:
    landmarks = random_landmarks(5)
    for measure in (eye_open_ratios, lip_open_ratio, gaze_directions):
        with pytest.raises(SettingError, match="got 5 points"):
            measure(landmarks)


def test_eyes_in_one_point_give_a_finite_ratio() -> None:
    assert np.isfinite(eye_open_ratios(np.zeros((203, 2), np.float32))).all()
