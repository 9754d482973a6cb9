"""A constant frame rate out of any other, on request; sound stays in step."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import count, islice
from math import ceil

from liveportrait.errors import SettingError
from liveportrait.media.protocol import Frame, SeekableSource, VideoInfo


class ConstantRateSource(SeekableSource):
    """Another source at a constant rate: frames are repeated or left out, none is shown half a step off."""

    def __init__(self, source: SeekableSource, fps: Fraction) -> None:
        if fps <= 0:
            raise SettingError(f"frames a second: expected more than 0, got {fps}.")
        self._source = source
        self._info = _resampled(source.info, fps)

    @property
    def info(self) -> VideoInfo:
        return self._info

    def frames_from(self, index: int) -> Iterator[Frame]:
        step = 1 / self._info.fps
        numbers = count()
        for frame, num_shown in _counted(iter(self._source), step, 1 / self._source.info.fps):
            for number in islice(numbers, num_shown):
                if number >= index:
                    yield replace(frame, index=number, pts_seconds=number * step, duration_seconds=step)

    def close(self) -> None:
        self._source.close()


def _counted(frames: Iterator[Frame], step: Fraction, last_step: Fraction) -> Iterator[tuple[Frame, int]]:
    """Each frame, and at how many ticks it is the one to show: the newest not more than half a tick ahead."""
    held: Frame | None = None
    done = 0
    for frame in frames:
        if held is not None:
            upto = _ticks_before(frame.pts_seconds, step)
            yield held, max(0, upto - done)
            done = max(done, upto)
        held = frame
    if held is not None:
        end = held.pts_seconds + (held.duration_seconds or last_step)
        yield held, max(1 - done, _ticks_before(end, step) - done, 0)


def _ticks_before(seconds: Fraction, step: Fraction) -> int:
    """How many of the ticks 0, 1, 2... come before, by more than half a step."""
    return max(0, ceil(seconds / step - Fraction(1, 2)))


def _resampled(info: VideoInfo, fps: Fraction) -> VideoInfo:
    seconds = info.duration_seconds
    num_frames = None if seconds is None else max(1, ceil(seconds * fps - Fraction(1, 2)))
    return replace(info, fps=fps, time_base=1 / fps, num_frames=num_frames)
