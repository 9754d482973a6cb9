import numpy as np
import pytest

from liveportrait.evaluation.face_regions import around_face, background_mask, face_mask
from liveportrait.evaluation.landmark_distance import eye_distance_px, landmark_distance
from tests.evaluation.drawn_faces import DrawnFace

POINTS = DrawnFace().landmarks()


def test_the_face_is_inside_its_hull_and_the_background_apart() -> None:
    face = face_mask(POINTS, size_wh=(256, 256))
    behind = background_mask(POINTS, size_wh=(256, 256))
    assert face[128, 128] == 1 and face[5, 5] == 0
    assert behind[5, 5] == 1 and behind[128, 128] == 0
    assert (face * behind).sum() == 0
    assert behind[230:].sum() == 0, "shoulders are no background"


def test_a_face_that_fills_the_frame_leaves_no_background() -> None:
    assert background_mask(POINTS * 4 - 384, size_wh=(256, 256)).sum() == 0


def test_the_view_of_a_judge_holds_all_points() -> None:
    corners = around_face(POINTS).corners()
    assert (corners[0] < POINTS.min(axis=0)).all() and (corners[2] > POINTS.max(axis=0)).all()


def test_a_shift_by_the_eye_distance_is_one() -> None:
    assert landmark_distance(POINTS, POINTS) == 0
    shifted = POINTS + np.array([eye_distance_px(POINTS), 0], np.float32)
    assert landmark_distance(shifted, POINTS) == pytest.approx(1, rel=1e-5)
