"""Small functions on pictures, and the report of progress."""

import numpy as np
import pytest

from liveportrait.errors import CancelledError
from liveportrait.media.alpha import over_background
from liveportrait.media.panels import side_by_side
from liveportrait.media.progress import reported, silent
from tests.media.clips import numbered_picture


def test_panels_stand_side_by_side_at_one_height() -> None:
    left = np.full((100, 50, 3), (255, 0, 0), np.uint8)
    middle = np.full((20, 20, 3), (0, 255, 0), np.uint8)
    right = numbered_picture(4)
    result = side_by_side([left, middle, right], height_px=48)
    assert result.shape == (48, 24 + 48 + 64, 3)
    assert (result[:, :24] == (255, 0, 0)).all()
    assert (result[:, 24:72] == (0, 255, 0)).all()
    assert np.array_equal(result[:, 72:], right)


def test_a_sliver_of_a_panel_keeps_a_column() -> None:
    assert side_by_side([np.zeros((1000, 1, 3), np.uint8)], height_px=10).shape == (10, 1, 3)


def test_over_a_background() -> None:
    image = np.full((1, 3, 3), 200, np.uint8)
    alpha = np.array([[0, 51, 255]], np.uint8)
    result = over_background(image, alpha, background_rgb=(100, 0, 255))
    assert result.tolist() == [[[100, 0, 255], [120, 40, 244], [200, 200, 200]]]
    assert (image == 200).all()
    assert over_background(image, None, background_rgb=(0, 0, 0)) is image


def test_progress_counts_what_is_through() -> None:
    calls: list[tuple[int, int | None]] = []

    def record(done: int, total: int | None) -> None:
        calls.append((done, total))

    assert list(reported("abc", record, total=3)) == ["a", "b", "c"]
    assert calls == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert list(reported("ab", silent, total=None)) == ["a", "b"]


def test_progress_may_cancel() -> None:
    def cancel(done: int, total: int | None) -> None:
        if done == 2:
            raise CancelledError("enough")

    got: list[str] = []
    with pytest.raises(CancelledError, match="enough"):
        got.extend(reported("abcd", cancel, total=4))
    assert got == ["a", "b"]
