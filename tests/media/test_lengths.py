import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveportrait.errors import MediaError
from liveportrait.media import extension
from liveportrait.media.extension import extended
from liveportrait.media.lengths import LengthPolicy, frame_at
from liveportrait.media.protocol import Frame, SeekableSource, VideoInfo
from liveportrait.media.video_reader import VideoSource
from tests.media.clips import NTSC, Clip, number_of

POLICIES: list[LengthPolicy] = ["cut", "loop", "ping_pong", "hold"]


class Numbers(SeekableSource):
    """Frames that show their number; the n-th lasts n + 1 ticks. Counts what it had to decode."""

    def __init__(self, num_frames: int) -> None:
        self.num_frames = num_frames
        self.num_decoded = 0

    @property
    def info(self) -> VideoInfo:
        return VideoInfo(size_wh=(4, 4), fps=Fraction(25))

    def frames_from(self, index: int) -> Iterator[Frame]:
        for number in range(index, self.num_frames):
            self.num_decoded += 1
            yield Frame(
                image=np.full((4, 4, 3), number % 256, np.uint8),
                index=number,
                pts_seconds=Fraction(number * (number + 1) // 2, 25),
                duration_seconds=Fraction(number + 1, 25),
            )


def test_by_hand() -> None:
    assert [frame_at(i, 3, "loop") for i in range(8)] == [0, 1, 2, 0, 1, 2, 0, 1]
    assert [frame_at(i, 3, "ping_pong") for i in range(10)] == [0, 1, 2, 1, 0, 1, 2, 1, 0, 1]
    assert [frame_at(i, 3, "hold") for i in range(5)] == [0, 1, 2, 2, 2]
    assert [frame_at(i, 3, "cut") for i in range(3)] == [0, 1, 2]
    with pytest.raises(IndexError, match="behind the cut"):
        frame_at(3, 3, "cut")
    assert [frame_at(i, 2, "ping_pong") for i in range(5)] == [0, 1, 0, 1, 0]
    assert [frame_at(i, 1, "ping_pong") for i in range(3)] == [0, 0, 0]


@given(position=st.integers(0, 10_000), num_frames=st.integers(1, 500), policy=st.sampled_from(POLICIES[1:]))
def test_each_policy_starts_alike_and_never_leaves_the_frames(
    position: int, num_frames: int, policy: LengthPolicy
) -> None:
    index = frame_at(position, num_frames, policy)
    assert 0 <= index < num_frames
    if position < num_frames:
        assert index == position
    step = abs(frame_at(position + 1, num_frames, policy) - index)
    assert step <= 1 or (policy == "loop" and step == num_frames - 1)


@given(
    num_frames=st.integers(1, 12),
    wanted=st.integers(0, 60),
    policy=st.sampled_from(POLICIES),
    block=st.integers(1, 200),
)
def test_streams_follow_the_index_and_time_goes_on(
    num_frames: int, wanted: int, policy: LengthPolicy, block: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(extension, "_BLOCK_BYTES", block)
        frames = list(extended(Numbers(num_frames), num_frames=wanted, policy=policy))
    length = min(wanted, num_frames) if policy == "cut" else wanted
    expected = [frame_at(i, num_frames, policy) for i in range(length)]
    assert [int(frame.image[0, 0, 0]) for frame in frames] == expected
    assert [frame.index for frame in frames] == list(range(length))
    for frame, later in pairwise(frames):
        assert frame.duration_seconds is not None
        assert later.pts_seconds == frame.pts_seconds + frame.duration_seconds


@pytest.mark.parametrize("policy", POLICIES)
def test_no_more_is_decoded_than_shown(policy: LengthPolicy) -> None:
    source = Numbers(100)
    list(extended(source, num_frames=10, policy=policy))
    assert source.num_decoded == 10


def test_running_backwards_decodes_each_frame_once() -> None:
    source = Numbers(100)
    assert len(list(islice(extended(source, num_frames=10**9, policy="ping_pong"), 199))) == 199
    assert source.num_decoded <= 201


@pytest.mark.parametrize("policy", POLICIES[1:])
def test_an_empty_source_cannot_be_extended(policy: LengthPolicy) -> None:
    with pytest.raises(MediaError, match=re.escape("expected a source with at least one frame")):
        list(extended(Numbers(0), num_frames=5, policy=policy))


@pytest.mark.parametrize("policy", POLICIES[1:])
def test_a_real_video(tmp_path: Path, policy: LengthPolicy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extension, "_BLOCK_BYTES", 64 * 48 * 3 * 7)
    source = VideoSource(Clip(options={"crf": "12", "g": "10", "bf": "2"}).write(tmp_path / "a.mp4"))
    frames = list(extended(source, num_frames=75, policy=policy))
    assert [number_of(frame.image) for frame in frames] == [frame_at(i, 30, policy) for i in range(75)]
    assert [frame.pts_seconds for frame in frames] == [i / NTSC for i in range(75)]
