"""`paste_image` pixel by pixel in float64, as the equations have it; not rounded."""

import itertools

import numpy as np


def paste_image(
    part: np.ndarray, image: np.ndarray, weights: np.ndarray, image_from_part: np.ndarray
) -> np.ndarray:
    """(h, w, 3) bytes, (1, 3, H, W) in 0..1, (h, w), (2, 3) to (h, w, 3) in 0..255."""
    mixed = part.astype(np.float64)
    last = np.array(image.shape[-2:]) - 1
    for y, x in itertools.product(*map(range, part.shape[:2])):
        at = (image_from_part.astype(np.float64) @ (x, y, 1))[::-1]
        colour = np.zeros(3)
        for step in itertools.product((0, 1), repeat=2):
            corner = np.floor(at).astype(int) + step
            if (corner >= 0).all() and (corner <= last).all():
                colour += np.prod(1 - np.abs(at - corner)) * image[0, :, *corner]
        mixed[y, x] += weights[y, x] * (255 * colour - mixed[y, x])
    return mixed
