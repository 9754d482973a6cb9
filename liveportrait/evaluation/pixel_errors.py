"""How far two pictures are apart, pixel by pixel. Values count 0..1."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from liveportrait.arrays import FrameRGB, Mask

MAX_PSNR_DB = 100.0
"""Given to equal pictures, whose ratio is infinite, so that means over frames stay numbers."""


def mean_absolute_error(found: FrameRGB, true: FrameRGB, weights: Mask) -> float:
    """L1: mean over channels and weighted pixels; nan where no pixel counts."""
    return weighted_mean(np.abs(_difference(found, true)).mean(axis=2), weights)


def psnr_db(found: FrameRGB, true: FrameRGB, weights: Mask) -> float:
    """Peak signal to noise ratio, the peak being white."""
    squared = weighted_mean(np.square(_difference(found, true)).mean(axis=2), weights)
    return float(min(-10 * np.log10(max(squared, 1e-20)), MAX_PSNR_DB))


def weighted_mean(values: Float[ndarray, "h w"], weights: Mask) -> float:
    """Mean of a map over the pixels that count; nan where none does."""
    total = float(weights.sum(dtype=np.float64))
    return float((values * weights).sum(dtype=np.float64)) / total if total > 0 else float("nan")


def _difference(found: FrameRGB, true: FrameRGB) -> Float[ndarray, "h w 3"]:
    return (found.astype(np.float32) - true.astype(np.float32)) / np.float32(255)
