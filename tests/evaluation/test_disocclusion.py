import numpy as np
from numpy.testing import assert_array_equal

from liveportrait.evaluation.disocclusion import disoccluded_mask, mesh_triangles
from liveportrait.evaluation.face_regions import face_mask
from tests.evaluation.drawn_faces import HEAD, DrawnFace

TRIANGLES = mesh_triangles(HEAD)
SIZE_WH = (256, 256)


def hidden(source: np.ndarray, driving: np.ndarray) -> np.ndarray:
    return disoccluded_mask(source, driving, TRIANGLES, size_wh=SIZE_WH)


def test_the_mesh_covers_the_face_once() -> None:
    points = HEAD[:, :2].astype(np.float64)
    corners = points[TRIANGLES]
    along, aside = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    areas = along[:, 0] * aside[:, 1] - along[:, 1] * aside[:, 0]
    assert (areas > 0).all()
    assert set(TRIANGLES.ravel()) == set(range(468))


def test_a_face_that_stays_hides_nothing_new() -> None:
    points = DrawnFace().landmarks()
    assert hidden(points, points).sum() == 0


def test_a_face_that_moves_uncovers_what_was_behind_it() -> None:
    source, driving = DrawnFace(x=110).landmarks(), DrawnFace(x=150).landmarks()
    before, after = (face_mask(points, size_wh=SIZE_WH) for points in (source, driving))
    assert_array_equal(hidden(source, driving), before * (1 - after))


def test_an_opening_mouth_shows_its_inside() -> None:
    shut, wide = DrawnFace(mouth_px=0).landmarks(), DrawnFace(mouth_px=20).landmarks()
    mask = hidden(shut, wide)
    middle = wide[[13, 14]].mean(axis=0).round().astype(int)
    assert mask[middle[1], middle[0]] == 1
    assert 20 < mask.sum() < 0.1 * face_mask(wide, size_wh=SIZE_WH).sum()
    assert hidden(wide, shut).sum() < 0.5 * mask.sum()


def test_a_side_that_was_turned_away_is_new() -> None:
    turn = np.array([[0.6, 0, -0.8], [0, 1, 0], [0.8, 0, 0.6]])
    away = ((HEAD @ turn) * 5 + 128)[:, :2].astype(np.float32)
    ahead = (HEAD * 5 + 128)[:, :2].astype(np.float32)
    new = hidden(away, ahead)
    left, right = new[:, :128].sum(), new[:, 128:].sum()
    assert max(left, right) > 20 * max(min(left, right), 1)
