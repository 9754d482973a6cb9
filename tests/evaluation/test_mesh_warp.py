import cv2
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from liveportrait.evaluation.mesh_warp import moved_landmarks, warp_landmarks
from tests.evaluation.drawn_faces import DrawnFace


def smooth_picture() -> np.ndarray:
    noise = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 3)


def test_landmarks_that_stay_change_nothing() -> None:
    frame, points = smooth_picture(), DrawnFace().landmarks()
    assert_array_equal(warp_landmarks(frame, points, points), frame)


def test_inside_of_moved_landmarks_the_picture_moves_with_them() -> None:
    frame, points = smooth_picture(), DrawnFace().landmarks()
    warped = warp_landmarks(frame, points, points + np.array([7, -3], np.float32))
    x, y = 128, 128
    assert_array_equal(warped[y - 13 : y + 7, x - 3 : x + 17], frame[y - 10 : y + 10, x - 10 : x + 10])


def test_the_border_stays_and_every_pixel_is_drawn() -> None:
    frame, points = np.full((256, 256, 3), 90, np.uint8), DrawnFace().landmarks()
    warped = warp_landmarks(frame, points, points * np.float32(1.1) - np.float32(12))
    assert (warped == 90).all()


def test_a_collapsed_face_does_not_break_it() -> None:
    frame, points = smooth_picture(), DrawnFace().landmarks()
    flat = points.copy()
    flat[:, 1] = 128
    assert warp_landmarks(frame, points, flat).shape == frame.shape


def test_movement_is_scaled_to_the_source() -> None:
    source, anchor = DrawnFace(x=60).landmarks(), DrawnFace(x=100).landmarks()
    moved = moved_landmarks(source, (anchor - 10) * 2, anchor * 2)
    assert_allclose(moved, source - 10, atol=1e-3)
    assert moved.dtype == np.float32


@pytest.mark.parametrize("size", [(200, 120), (64, 64)])
def test_frames_need_not_be_square(size: tuple[int, int]) -> None:
    frame = np.zeros((*size, 3), np.uint8)
    points = DrawnFace(x=30, y=30).landmarks() * np.float32(0.5) + np.float32(15)
    assert warp_landmarks(frame, points, points + np.float32(1)).shape == frame.shape
