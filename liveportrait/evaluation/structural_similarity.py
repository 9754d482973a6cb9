"""SSIM: alike in brightness, contrast and structure, window by window (Wang et al. 2004)."""

import cv2
import numpy as np
from jaxtyping import Float64
from numpy import ndarray

from liveportrait.arrays import FrameRGB, Mask
from liveportrait.evaluation.luminance import luminance
from liveportrait.evaluation.pixel_errors import weighted_mean

_WINDOW_PX = 11
_SIGMA_PX = 1.5
_C1 = 0.01**2
_C2 = 0.03**2


def structural_similarity(found: FrameRGB, true: FrameRGB, weights: Mask) -> float:
    """Weighted mean of the map over luminance 0..1; windows that leave the picture do not count."""
    margin = _WINDOW_PX // 2
    inner = slice(margin, -margin), slice(margin, -margin)
    return weighted_mean(similarity_map(found, true)[inner], weights[inner])


def similarity_map(found: FrameRGB, true: FrameRGB) -> Float64[ndarray, "h w"]:
    """-1..1 around each pixel; 1 for equal pictures."""
    x, y = luminance(found).astype(np.float64), luminance(true).astype(np.float64)
    mean_x, mean_y = _smoothed(x), _smoothed(y)
    variance_x = _smoothed(x * x) - mean_x**2
    variance_y = _smoothed(y * y) - mean_y**2
    covariance = _smoothed(x * y) - mean_x * mean_y
    brightness = (2 * mean_x * mean_y + _C1) / (mean_x**2 + mean_y**2 + _C1)
    return brightness * (2 * covariance + _C2) / (variance_x + variance_y + _C2)


def _smoothed(values: Float64[ndarray, "h w"]) -> Float64[ndarray, "h w"]:
    return cv2.GaussianBlur(values, (_WINDOW_PX, _WINDOW_PX), _SIGMA_PX)
