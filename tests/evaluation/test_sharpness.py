import math

import cv2
import numpy as np
import pytest

from liveportrait.evaluation.sharpness import gradient_energy, sharpness_ratio

WHOLE = np.ones((32, 32), np.float32)


def test_a_ramp_has_the_energy_of_its_slope() -> None:
    ramp = np.repeat((5 * np.arange(32, dtype=np.uint8))[None, :, None], 32, axis=0).repeat(3, axis=2)
    assert gradient_energy(ramp, WHOLE) == pytest.approx((5 / 255) ** 2, rel=1e-4)


def test_blur_takes_sharpness_away_step_by_step() -> None:
    true = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    ratios = [sharpness_ratio(true, true, WHOLE)]
    ratios += [
        sharpness_ratio(cv2.GaussianBlur(true, (0, 0), sigma), true, WHOLE) for sigma in (0.6, 1.2, 2.4)
    ]
    assert ratios[0] == 1
    assert ratios == sorted(ratios, reverse=True) and ratios[-1] < 0.1


def test_a_flat_picture_sets_no_standard() -> None:
    flat = np.full((32, 32, 3), 9, np.uint8)
    assert math.isnan(sharpness_ratio(flat, flat, WHOLE))
