import math

import numpy as np
import pytest

from liveportrait.arrays import FrameRGB
from liveportrait.evaluation.pixel_errors import MAX_PSNR_DB, mean_absolute_error, psnr_db

WHOLE = np.ones((6, 8), np.float32)


def grey(level: int) -> FrameRGB:
    return np.full((6, 8, 3), level, np.uint8)


def test_equal_pictures_are_perfect() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8)
    assert mean_absolute_error(frame, frame, WHOLE) == 0
    assert psnr_db(frame, frame, WHOLE) == MAX_PSNR_DB


@pytest.mark.parametrize(("found", "true"), [(151, 100), (100, 151)])
def test_a_known_shift_gives_the_known_number(found: int, true: int) -> None:
    assert mean_absolute_error(grey(found), grey(true), WHOLE) == pytest.approx(0.2)
    assert psnr_db(grey(found), grey(true), WHOLE) == pytest.approx(-20 * math.log10(0.2), abs=1e-4)


def test_only_weighted_pixels_count() -> None:
    found = grey(100)
    found[:3] = 151
    half = WHOLE.copy()
    half[3:] = 0
    assert mean_absolute_error(found, grey(100), half) == pytest.approx(0.2)
    assert mean_absolute_error(found, grey(100), WHOLE) == pytest.approx(0.1)
    assert mean_absolute_error(found, grey(100), 1 - half) == 0


def test_where_nothing_counts_nothing_is_known() -> None:
    nothing = np.zeros_like(WHOLE)
    assert math.isnan(mean_absolute_error(grey(1), grey(1), nothing))
    assert math.isnan(psnr_db(grey(1), grey(1), nothing))
