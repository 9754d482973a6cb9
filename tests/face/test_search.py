"""Tiles leave no face uncovered."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveportrait.face.anchors import Detections, merge_doubles
from liveportrait.face.search import tiles


@given(
    width=st.integers(300, 4000),
    height=st.integers(300, 4000),
    x=st.floats(0, 1),
    y=st.floats(0, 1),
)
def test_every_small_face_is_whole_in_a_small_tile(width: int, height: int, x: float, y: float) -> None:
    squares = list(tiles(np.zeros((height, width, 3), np.uint8)))
    smallest = min(square.side_px for square in squares)
    face_px = 0.39 * smallest
    rounding = 1e-6
    left, top = x * (width - face_px), y * (height - face_px)
    assert any(
        abs(square.centre_xy[0] - left - face_px / 2) <= (square.side_px - face_px) / 2 + rounding
        and abs(square.centre_xy[1] - top - face_px / 2) <= (square.side_px - face_px) / 2 + rounding
        for square in squares
        if square.side_px == smallest
    )


@pytest.mark.parametrize("size", [(1, 1), (100, 60)])
def test_tiny_pictures_have_no_tiles(size: tuple[int, int]) -> None:
    assert list(tiles(np.zeros((*size, 3), np.uint8))) == []


def detections(*rows: tuple[float, float, float, float]) -> Detections:
    """Rows of x, y, side, score."""
    array = np.array(rows, np.float32).reshape(-1, 4)
    points = np.repeat(array[:, None, :2], 6, axis=1)
    return Detections(centres=array[:, :2], sides=array[:, 2], points=points, scores=array[:, 3])


def test_doubles_are_averaged_by_score_and_others_kept() -> None:
    merged = merge_doubles(
        detections((100, 100, 50, 0.6), (300, 100, 50, 0.7), (104, 100, 50, 0.9)), max_overlap=0.3
    )
    np.testing.assert_allclose(merged.scores, [0.9, 0.7])
    np.testing.assert_allclose(merged.centres, [[102.4, 100], [300, 100]], atol=1e-3)


def test_a_small_box_inside_a_large_one_is_another_face() -> None:
    assert (
        len(merge_doubles(detections((100, 100, 200, 0.9), (100, 100, 40, 0.8)), max_overlap=0.3).scores) == 2
    )


def test_nothing_merged_is_nothing() -> None:
    assert len(merge_doubles(detections(), max_overlap=0.3).scores) == 0
