"""A picture as a source of one frame."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from liveportrait.media.images import read_image
from liveportrait.media.protocol import Frame, SeekableSource, VideoInfo

STILL_FPS = Fraction(25)
"""The rate of what is made from stills alone, where nothing else sets one."""


class StillSource(SeekableSource):
    """One picture. It is decoded once and kept: many ask a still for its frame again and again."""

    def __init__(self, path: Path) -> None:
        still = read_image(path)
        height, width = still.image.shape[:2]
        self._frame = Frame(image=still.image, alpha=still.alpha, index=0, pts_seconds=Fraction(0))
        self._info = VideoInfo(size_wh=(width, height), fps=STILL_FPS, num_frames=1)

    @property
    def info(self) -> VideoInfo:
        return self._info

    def frames_from(self, index: int) -> Iterator[Frame]:
        if index == 0:
            yield self._frame
