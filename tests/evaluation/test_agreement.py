import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveportrait.evaluation.agreement import (
    correlation,
    mean_distance,
    pooled_correlation,
    slope,
    swing_ratio,
)

TRUE = np.array([0.0, 1.0, 3.0, 2.0])


@given(gain=st.floats(0.1, 10), offset=st.floats(-5, 5))
def test_a_straight_line_agrees_and_its_slope_is_found(gain: float, offset: float) -> None:
    found = gain * TRUE + offset
    assert correlation(found, TRUE) == pytest.approx(1)
    assert correlation(-found, TRUE) == pytest.approx(-1)
    assert slope(found, TRUE) == pytest.approx(gain)
    assert swing_ratio(found, TRUE) == pytest.approx(gain)


def test_correlation_by_hand() -> None:
    assert correlation(np.array([1.0, 0, 0]), np.array([0.0, 0, 1])) == pytest.approx(-0.5)


def test_what_was_not_measured_is_left_out() -> None:
    found = np.array([0.0, 1.0, np.nan, 2.0, 9.0])
    true = np.array([0.0, 1.0, 3.0, 2.0, np.nan])
    assert correlation(found, true) == pytest.approx(1)
    assert mean_distance(found, true) == 0
    assert math.isnan(mean_distance(np.full(3, np.nan), np.ones(3)))


def test_a_still_driver_tells_nothing_and_a_still_result_does_not_follow() -> None:
    assert math.isnan(correlation(TRUE, TRUE * 1e-3, min_swing=0.02))
    assert math.isnan(swing_ratio(TRUE, np.ones(4)))
    assert math.isnan(slope(TRUE, np.ones(4)))
    assert correlation(np.ones(4), TRUE) == 0
    assert swing_ratio(np.ones(4), TRUE) == 0


def test_pooling_takes_a_persons_own_level_away() -> None:
    """Over all six frames as they are the correlation would be below 0."""
    found = [np.array([0.0, 1.0, 2.0]), np.array([-9.0, -8.0, -7.0])]
    true = [np.array([0.0, 1.0, 2.0]), np.array([9.0, 10.0, 11.0])]
    assert pooled_correlation(found, true) == pytest.approx(1)


def test_pooling_centres_over_the_frames_that_both_know() -> None:
    """The driver's level must not come from a frame in which the result shows no face, nor the other way."""
    found = [np.array([0.0, 1.0, np.nan]), np.array([5.0, 7.0, 9.0, 90.0]), np.array([np.nan])]
    true = [np.array([0.0, 1.0, 30.0]), np.array([0.0, 2.0, 4.0, np.nan]), np.array([1.0])]
    assert pooled_correlation(found, true) == pytest.approx(1)
