"""Pictures with alpha where the file that is written has none."""

import cv2
import numpy as np

from liveportrait.arrays import Alpha, FrameRGB


def over_background(
    image: FrameRGB, alpha: Alpha | None, *, background_rgb: tuple[int, int, int]
) -> FrameRGB:
    """The picture laid over one colour; an opaque one is returned as it is."""
    if alpha is None:
        return image
    weight = cv2.cvtColor(alpha, cv2.COLOR_GRAY2RGB).astype(np.float32) / 255.0
    background = np.array(background_rgb, dtype=np.float32)
    return np.rint(background + (image - background) * weight).astype(np.uint8)
