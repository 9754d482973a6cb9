"""Brightness of a picture, for metrics that colour would only repeat."""

from typing import TypeAlias

import numpy as np
from jaxtyping import Float32
from numpy import ndarray

from liveportrait.arrays import FrameRGB

Luminance: TypeAlias = Float32[ndarray, "h w"]
"""0..1."""

_BT601 = np.array([0.299, 0.587, 0.114], np.float32) / 255


def luminance(frame: FrameRGB) -> Luminance:
    """Weighted sum of the channels as they are stored (ITU-R BT.601)."""
    return frame.astype(np.float32) @ _BT601
