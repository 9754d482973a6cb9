"""Sharpness as gradient energy: blur takes it away, noise adds to it."""

import numpy as np

from liveportrait.arrays import FrameRGB, Mask
from liveportrait.evaluation.luminance import luminance
from liveportrait.evaluation.pixel_errors import weighted_mean


def gradient_energy(frame: FrameRGB, weights: Mask) -> float:
    """Mean squared slope of the luminance (0..1 a pixel, central differences)."""
    down, right = np.gradient(luminance(frame))
    return weighted_mean(np.square(down) + np.square(right), weights)


def sharpness_ratio(found: FrameRGB, true: FrameRGB, weights: Mask) -> float:
    """Energy of the found picture over that of the true one: 1 is as sharp; nan over a flat one."""
    energy = gradient_energy(true, weights)
    return gradient_energy(found, weights) / energy if energy > 0 else float("nan")
