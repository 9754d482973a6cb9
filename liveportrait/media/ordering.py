"""A source read in the order that a length policy asks for, beyond its end if need be."""

from collections.abc import Iterator
from itertools import islice

from liveportrait.media.lengths import LengthPolicy
from liveportrait.media.protocol import Frame, SeekableSource

CHUNK = 12
"""Frames held at once while a source runs backwards."""


def frames_in_order(source: SeekableSource, num_frames: int, policy: LengthPolicy) -> Iterator[Frame]:
    """The source's frames without end; `num_frames` is how many it really has.

    The caller takes as many as it needs. Index and times are those of the frames themselves.
    """
    yield from source
    match policy:
        case "cut":
            return
        case "hold":
            last = next(iter(source.frames_from(num_frames - 1)))
            while True:
                yield last
        case "loop":
            while True:
                yield from source
        case "ping_pong":
            while True:
                yield from _backwards(source, num_frames - 1)
                yield from source.frames_from(min(1, num_frames - 1))


def _backwards(source: SeekableSource, before: int) -> Iterator[Frame]:
    """The frames before number `before`, last first; the very first one too, which then is not repeated."""
    end = before
    while end > 0:
        start = max(0, end - CHUNK)
        yield from reversed(list(islice(source.frames_from(start), end - start)))
        end = start
