"""Edges of the guiding picture, whose pose method `p` follows."""

from dataclasses import dataclass

import cv2
import numpy as np

from liveportrait.arrays import FrameRGB
from liveportrait.errors import SettingError


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeConfig:
    """Canny's thresholds on the gradient; the defaults are those that the edge adapter of FLUX.1 names.

    FLUXSynID feeds the same adapter drawn lines of a network instead, which are softer.
    """

    low: float = 50.0
    high: float = 200.0

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high:
            raise SettingError(
                f"Canny's thresholds are low {self.low}, high {self.high}; give 0 <= low <= high."
            )


def edge_picture(frame: FrameRGB, config: EdgeConfig) -> FrameRGB:
    """White edges on black, in the frame's size (Canny 1986, by OpenCV)."""
    edges = cv2.Canny(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), config.low, config.high)
    return np.repeat(edges[:, :, None], 3, axis=2)
