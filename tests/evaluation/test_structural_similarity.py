import cv2
import numpy as np
import pytest

from liveportrait.arrays import FrameRGB
from liveportrait.evaluation.luminance import luminance
from liveportrait.evaluation.structural_similarity import similarity_map, structural_similarity

WHOLE = np.ones((40, 40), np.float32)


def textured(seed: int = 0) -> FrameRGB:
    noise = np.random.default_rng(seed).integers(0, 256, (40, 40, 3), np.uint8)
    return cv2.GaussianBlur(noise, (5, 5), 0)


def test_equal_pictures_score_one() -> None:
    assert structural_similarity(textured(), textured(), WHOLE) == pytest.approx(1)


def test_flat_pictures_by_hand() -> None:
    dark, light = np.full((40, 40, 3), 51, np.uint8), np.full((40, 40, 3), 102, np.uint8)
    expected = (2 * 0.2 * 0.4 + 1e-4) / (0.2**2 + 0.4**2 + 1e-4)
    assert structural_similarity(dark, light, WHOLE) == pytest.approx(expected, abs=1e-5)


def test_one_window_by_its_definition() -> None:
    first, second = textured(0), textured(1)
    offsets = np.arange(-5, 6)
    window = np.exp(-(offsets[:, None] ** 2 + offsets**2) / (2 * 1.5**2))
    window /= window.sum()
    x, y = (luminance(frame)[15:26, 12:23].astype(float) for frame in (first, second))
    mean_x, mean_y = (window * x).sum(), (window * y).sum()
    spread_x, spread_y = (window * (x - mean_x) ** 2).sum(), (window * (y - mean_y) ** 2).sum()
    together = (window * (x - mean_x) * (y - mean_y)).sum()
    expected = (2 * mean_x * mean_y + 1e-4) * (2 * together + 9e-4)
    expected /= (mean_x**2 + mean_y**2 + 1e-4) * (spread_x + spread_y + 9e-4)
    assert similarity_map(first, second)[20, 17] == pytest.approx(expected, abs=1e-9)


def test_more_noise_scores_less() -> None:
    noise = np.random.default_rng(2).normal(size=(40, 40, 3))
    true = textured()
    scores = [
        structural_similarity(np.clip(true + level * noise, 0, 255).astype(np.uint8), true, WHOLE)
        for level in (0, 5, 20, 60)
    ]
    assert scores == sorted(scores, reverse=True) and scores[-1] < 0.5
