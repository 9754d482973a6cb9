"""Makes a source last as long as wanted, by a length policy, in bounded memory."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import islice, repeat

from liveportrait.errors import MediaError
from liveportrait.media.lengths import LengthPolicy
from liveportrait.media.protocol import Frame, SeekableSource

_BLOCK_BYTES = 2**26
"""Frames that run backwards are decoded forwards in blocks of this size."""


def extended(source: SeekableSource, *, num_frames: int, policy: LengthPolicy) -> Iterator[Frame]:
    """At most `num_frames` frames, exactly so many but for `cut`: the order of `frame_at`, times that go on.

    The source need not know its length; what follows its end is decided when the end is reached.
    """
    match policy:
        case "cut":
            frames = iter(source)
        case "hold":
            frames = _held(source)
        case "loop":
            frames = _looped(source)
        case "ping_pong":
            frames = _back_and_forth(source)
    return _in_time(islice(frames, num_frames), 1 / source.info.fps)


def _held(source: SeekableSource) -> Iterator[Frame]:
    last: Frame | None = None
    for last in source:
        yield last
    yield from repeat(_existing(last))


def _looped(source: SeekableSource) -> Iterator[Frame]:
    while True:
        last: Frame | None = None
        for last in source:
            yield last
        _existing(last)


def _back_and_forth(source: SeekableSource) -> Iterator[Frame]:
    last: Frame | None = None
    for last in source:
        yield last
    last = _existing(last)
    if last.index == 0:
        yield from repeat(last)
    while True:
        yield from _backwards(source, stop=last.index, frame_bytes=last.image.nbytes)
        yield from islice(source.frames_from(1), last.index)


def _backwards(source: SeekableSource, *, stop: int, frame_bytes: int) -> Iterator[Frame]:
    """The frames `stop` - 1 down to 0."""
    block = max(1, _BLOCK_BYTES // frame_bytes)
    while stop > 0:
        start = max(0, stop - block)
        yield from reversed(list(islice(source.frames_from(start), stop - start)))
        stop = start


def _in_time(frames: Iterator[Frame], step: Fraction) -> Iterator[Frame]:
    """Numbers frames anew, and gives each one that does not follow in time the end of the one before it."""
    end: Fraction | None = None
    shift = Fraction(0)
    previous = -1
    for index, frame in enumerate(frames):
        if end is not None and frame.index != previous + 1:
            shift = end - frame.pts_seconds
        previous = frame.index
        pts = frame.pts_seconds + shift
        end = pts + (frame.duration_seconds or step)
        yield replace(frame, index=index, pts_seconds=pts)


def _existing(last: Frame | None) -> Frame:
    if last is None:
        raise MediaError("expected a source with at least one frame, got an empty one.")
    return last
