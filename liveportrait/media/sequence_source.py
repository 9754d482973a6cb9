"""Numbered pictures as a source: a folder, or a pattern such as `frames/%06d.png` or `frames/*.png`."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from liveportrait.errors import MediaError
from liveportrait.media.images import read_image
from liveportrait.media.protocol import Frame, SeekableSource, VideoInfo
from liveportrait.media.sequence_names import sequence_paths

SEQUENCE_FPS = Fraction(25)
"""Pictures carry no rate; this one is taken unless the caller knows better."""


class SequenceSource(SeekableSource):
    """Pictures in the order of the numbers in their names; all of one size."""

    def __init__(self, path: Path, *, fps: Fraction = SEQUENCE_FPS) -> None:
        self._paths = sequence_paths(path)
        height, width = read_image(self._paths[0]).image.shape[:2]
        self._info = VideoInfo(
            size_wh=(width, height),
            fps=fps,
            time_base=1 / fps,
            num_frames=len(self._paths),
            duration_seconds=len(self._paths) / fps,
        )

    @property
    def info(self) -> VideoInfo:
        return self._info

    def frames_from(self, index: int) -> Iterator[Frame]:
        step = 1 / self._info.fps
        for number, path in enumerate(self._paths[index:], start=index):
            still = read_image(path)
            height, width = still.image.shape[:2]
            if (width, height) != self._info.size_wh:
                raise MediaError(
                    f"{path}: the picture is {width} x {height}, the first one of its sequence is "
                    f"{self._info.size_wh[0]} x {self._info.size_wh[1]}; all must have one size."
                )
            yield Frame(
                image=still.image,
                alpha=still.alpha,
                index=number,
                pts_seconds=number * step,
                duration_seconds=step,
            )
