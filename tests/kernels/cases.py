"""Inputs of the operations that have kernels: odd sizes, borders, extremes."""

import numpy as np

Arrays = dict[str, np.ndarray]


def warp_case(
    *,
    batch: int = 1,
    channels: int = 5,
    size: tuple[int, int, int] = (3, 6, 7),
    num_shifts: int = 3,
    reach: float = 0.4,
    confidence: float = 2.0,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Volume, mask logits and shifts of a warp; a larger reach leads further out of the volume."""
    random = np.random.default_rng(seed)
    volume = random.normal(size=(batch, channels, *size))
    logits = confidence * random.normal(size=(batch, num_shifts + 1, *size))
    return volume, logits, random.uniform(-reach, reach, (batch, num_shifts, 3))


def modulate_case(
    *,
    batch: int = 1,
    channels: int = 5,
    height: int = 6,
    width: int = 7,
    times: int = 1,
    offset: float = 0.0,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features, gain and shift; a large offset makes naive variances cancel."""
    random = np.random.default_rng(seed)
    features = random.normal(size=(batch, channels, height, width)) + offset
    gain, shift = random.normal(size=(2, batch, channels, times * height, times * width))
    return features, gain, shift


def paste_case(
    *, part_hw: tuple[int, int] = (9, 11), image_hw: tuple[int, int] = (7, 8), seed: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A part of a frame, an image, its weights there, and a turn that leads out of the image."""
    random = np.random.default_rng(seed)
    part = random.integers(0, 256, (*part_hw, 3), np.uint8)
    image, weights = random.random((1, 3, *image_hw)), random.random(part_hw)
    return part, image, weights, np.array([[0.9, -0.2, -1.3], [0.2, 0.9, -0.4]])
