import math

import numpy as np
import pytest

from liveportrait.arrays import FrameRGB
from liveportrait.evaluation.flicker import temporal_flicker

WEIGHTS = [np.ones((4, 4), np.float32)] * 4


def levels(*greys: int) -> list[FrameRGB]:
    return [np.full((4, 4, 3), grey, np.uint8) for grey in greys]


def test_a_constant_error_is_no_flicker() -> None:
    assert temporal_flicker(levels(60, 70, 80, 90), levels(10, 20, 30, 40), WEIGHTS) == 0


def test_a_trembling_brightness_is_counted() -> None:
    found = temporal_flicker(levels(0, 51, 0, 51), levels(0, 0, 0, 0), WEIGHTS)
    assert found == pytest.approx(0.2)


def test_the_movement_of_the_true_frames_is_not() -> None:
    assert temporal_flicker(levels(0, 51, 0, 51), levels(0, 51, 0, 51), WEIGHTS) == 0


def test_one_frame_cannot_flicker() -> None:
    assert math.isnan(temporal_flicker(levels(1), levels(1), WEIGHTS[:1]))
