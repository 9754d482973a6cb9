from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveportrait.errors import SettingError
from liveportrait.media.protocol import Frame, SeekableSource, VideoInfo
from liveportrait.media.resampling import ConstantRateSource
from liveportrait.media.video_reader import VideoSource
from tests.media.clips import NTSC, Clip, number_of

PIXEL = np.zeros((1, 1, 3), np.uint8)


class Timed(SeekableSource):
    """Frames that last as long as told."""

    def __init__(self, durations: list[Fraction], fps: Fraction) -> None:
        self.durations = durations
        self.fps = fps

    @property
    def info(self) -> VideoInfo:
        return VideoInfo(size_wh=(1, 1), fps=self.fps, duration_seconds=sum(self.durations, Fraction(0)))

    def frames_from(self, index: int) -> Iterator[Frame]:
        for number, duration in enumerate(self.durations):
            start = sum(self.durations[:number], Fraction(0))
            image = np.full((1, 1, 3), number, np.uint8)
            if number >= index:
                yield Frame(image=image, index=number, pts_seconds=start, duration_seconds=duration)


def shown(source: SeekableSource, fps: Fraction) -> list[int]:
    return [int(frame.image[0, 0, 0]) for frame in ConstantRateSource(source, fps)]


def test_the_same_rate_changes_nothing() -> None:
    assert shown(Timed([1 / NTSC] * 20, NTSC), NTSC) == list(range(20))


def test_half_and_double() -> None:
    source = Timed([Fraction(1, 30)] * 6, Fraction(30))
    assert len(shown(source, Fraction(60))) == 12
    assert sorted(set(shown(source, Fraction(60)))) == list(range(6))
    assert len(shown(source, Fraction(15))) == 3


def test_times_that_a_container_rounded_are_no_reason_to_repeat() -> None:
    """Milliseconds of Matroska: 33, 34, 33..."""
    ends = [Fraction(round(1000 * number / NTSC), 1000) for number in range(101)]
    durations = [end - start for start, end in pairwise(ends)]
    assert shown(Timed(durations, NTSC), NTSC) == list(range(100))


@given(
    durations_ms=st.lists(st.integers(1, 200), min_size=1, max_size=30),
    fps=st.sampled_from([Fraction(25), NTSC, Fraction(60), Fraction(7), Fraction(1, 2)]),
)
def test_time_is_constant_and_each_frame_is_near_its_own(durations_ms: list[int], fps: Fraction) -> None:
    durations = [Fraction(ms, 1000) for ms in durations_ms]
    source = ConstantRateSource(Timed(durations, Fraction(25)), fps)
    frames = list(source)
    total = sum(durations, Fraction(0))
    assert abs(len(frames) / fps - total) <= 1 / fps
    assert source.info.num_frames == len(frames)
    assert [frame.pts_seconds for frame in frames] == [number / fps for number in range(len(frames))]
    assert [frame.index for frame in frames] == list(range(len(frames)))
    starts = [sum(durations[:number], Fraction(0)) for number in range(len(durations))]
    for frame in frames:
        own = starts[int(frame.image[0, 0, 0])]
        newest = max(start for start in starts if start <= frame.pts_seconds + 1 / fps / 2)
        assert own == newest or frame.index == 0
    later = list(source.frames_from(len(frames) // 2))
    assert [frame.index for frame in later] == list(range(len(frames) // 2, len(frames)))


def test_a_real_video_with_a_variable_rate(tmp_path: Path) -> None:
    ticks = [0, 1001, 2002, 8008, 9009]
    clip = Clip(ticks=ticks, options={"crf": "12", "bf": "0"})
    source = ConstantRateSource(VideoSource(clip.write(tmp_path / "a.mp4")), NTSC)
    assert [number_of(frame.image) for frame in source][:9] == [0, 1, 2, 2, 2, 2, 2, 2, 3]
    assert source.info.fps == NTSC
    source.close()


def test_a_rate_must_be_one() -> None:
    with pytest.raises(SettingError, match="more than 0, got 0"):
        ConstantRateSource(Timed([Fraction(1)], Fraction(1)), Fraction(0))
