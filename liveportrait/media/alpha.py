"""Pictures with alpha for those who know none: files without, networks, and eyes.

Below full transparency a picture has some colour too, that nobody sees.
"""

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from liveportrait.arrays import Alpha, FrameRGB
from liveportrait.media.protocol import Frame, SeekableSource, VideoInfo
from liveportrait.media.settings import SinkSettings

USUAL_BACKGROUND_RGB = SinkSettings().background_rgb


def over_background(
    image: FrameRGB, alpha: Alpha | None, *, background_rgb: tuple[int, int, int]
) -> FrameRGB:
    """The picture laid over one colour; an opaque one is returned as it is."""
    if alpha is None:
        return image
    weight = cv2.cvtColor(alpha, cv2.COLOR_GRAY2RGB).astype(np.float32) / 255.0
    background = np.array(background_rgb, dtype=np.float32)
    return np.rint(background + (image - background) * weight).astype(np.uint8)


def as_seen(frame: Frame, *, background_rgb: tuple[int, int, int] = USUAL_BACKGROUND_RGB) -> FrameRGB:
    """The picture of a frame as it looks over a colour."""
    return over_background(frame.image, frame.alpha, background_rgb=background_rgb)


class SeenSource(SeekableSource):
    """Another source as it looks over a colour. Who opened that one closes it."""

    def __init__(
        self, source: SeekableSource, *, background_rgb: tuple[int, int, int] = USUAL_BACKGROUND_RGB
    ) -> None:
        self._source = source
        self._background_rgb = background_rgb

    @property
    def info(self) -> VideoInfo:
        return self._source.info

    def frames_from(self, index: int) -> Iterator[Frame]:
        for frame in self._source.frames_from(index):
            yield replace(frame, image=as_seen(frame, background_rgb=self._background_rgb), alpha=None)
