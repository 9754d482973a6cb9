"""Animated GIF, WebP, PNG and AVIF as sources."""

import logging
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from PIL import Image

from liveportrait.errors import MediaError
from liveportrait.media.images import Still, decoded, num_frames, opened_image
from liveportrait.media.protocol import Frame, SeekableSource, VideoInfo

logger = logging.getLogger(__name__)

_TICK_SECONDS = Fraction(1, 1000)

_SHORTEST_MS = 11
_UNTIMED_MS = 100
"""Frames that claim to last 10 ms or less are shown this long by browsers, and so here."""


class AnimationSource(SeekableSource):
    """One moving picture. A damaged file gives the frames before the damage."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with opened_image(path) as picture:
            height, width = decoded(picture, path).image.shape[:2]
            self._info = VideoInfo(
                size_wh=(width, height),
                fps=1 / _duration_seconds(picture),
                time_base=_TICK_SECONDS,
                num_frames=num_frames(picture, path),
            )

    @property
    def info(self) -> VideoInfo:
        """The rate is that of the first frame; each frame has its own duration."""
        return self._info

    def frames_from(self, index: int) -> Iterator[Frame]:
        pts_seconds = Fraction(0)
        with opened_image(self._path) as picture:
            for number, (still, duration) in enumerate(self._stills(picture)):
                if number >= index:
                    yield Frame(
                        image=still.image,
                        alpha=still.alpha,
                        index=number,
                        pts_seconds=pts_seconds,
                        duration_seconds=duration,
                    )
                pts_seconds += duration

    def _stills(self, picture: Image.Image) -> Iterator[tuple[Still, Fraction]]:
        """Decode in order: each frame may build on those before it."""
        for number in range(self._info.num_frames or 1):
            try:
                picture.seek(number)
                still = decoded(picture, self._path)
            except (MediaError, EOFError, OSError) as error:
                if number == 0:
                    raise
                logger.warning("%s: the file breaks off after %d frames (%s)", self._path, number, error)
                return
            yield still, _duration_seconds(picture)


def _duration_seconds(picture: Image.Image) -> Fraction:
    milliseconds = round(picture.info.get("duration", 0))
    return (milliseconds if milliseconds >= _SHORTEST_MS else _UNTIMED_MS) * _TICK_SECONDS
