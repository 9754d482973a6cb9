"""Inputs of the face networks' goldens, by rule: the same numbers on every machine."""

import numpy as np
from jaxtyping import Float32
from numpy import ndarray


def picture(size_px: int) -> Float32[ndarray, "size size 3"]:
    """Something with edges at several sizes, RGB 0..1, from whole numbers only."""
    y, x = np.mgrid[:size_px, :size_px]
    channels = [
        (x * y // 7 + 3 * x) % 256,
        ((x - size_px // 2) ** 2 + (y - size_px // 3) ** 2) // 40 % 256,
        (17 * (x // 16) + 29 * (y // 16)) % 256,
    ]
    return np.stack(channels, axis=-1).astype(np.float32) / np.float32(255)


def blendshape_points() -> Float32[ndarray, "146 2"]:
    """146 points spread over a face's place in a frame."""
    index = np.arange(146)
    return np.stack([200 + index * 37 % 101, 150 + index * 53 % 127], axis=-1).astype(np.float32)
