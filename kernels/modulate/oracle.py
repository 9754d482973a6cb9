"""`modulate` in float64, as the equations have it."""

import numpy as np


def modulate(features: np.ndarray, gain: np.ndarray, shift: np.ndarray, slope: float) -> np.ndarray:
    """(B, C, h, w), (B, C, n h, n w) twice to (B, C, n h, n w)."""
    features, gain, shift = (array.astype(np.float64) for array in (features, gain, shift))
    mean = features.mean((2, 3), keepdims=True)
    variance = ((features - mean) ** 2).mean((2, 3), keepdims=True)
    normalised = (features - mean) / np.sqrt(variance + 1e-5)
    times = gain.shape[-1] // features.shape[-1]
    value = normalised.repeat(times, 2).repeat(times, 3) * gain + shift
    return np.where(value >= 0, value, slope * value)
