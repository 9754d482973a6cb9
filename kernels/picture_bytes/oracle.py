"""`picture_bytes` in float64, as the equations have it."""

import numpy as np


def image_from_bytes(pixels: np.ndarray) -> np.ndarray:
    """(B, H, W, 3) in 0..255 to (B, 3, H, W) in 0..1."""
    return np.moveaxis(pixels.astype(np.float64) / 255, -1, 1)


def bytes_from_image(image: np.ndarray) -> np.ndarray:
    """(B, 3, H, W) in 0..1 to (B, H, W, 3) in 0..255; what is outside is cut, what is between is cut off."""
    return np.moveaxis(np.floor(np.clip(image, 0, 1) * 255), 1, -1)
