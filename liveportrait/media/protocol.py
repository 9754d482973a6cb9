"""What travels between files and the method: frames with their time, from sources, into sinks."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from types import TracebackType
from typing import Protocol, TypeVar, runtime_checkable

from liveportrait.arrays import Alpha, FrameRGB

Entered = TypeVar("Entered")
"""What a `with` statement opens, it hands out; `Self` is not for the checker that the tests run under."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One picture of a stream.

    Times are rational, so that 29.97 frames a second stay 30000/1001; `float()` them where a
    filter wants a number.
    """

    image: FrameRGB
    index: int
    """Place in the stream, from 0."""
    pts_seconds: Fraction
    """When the picture appears, from the start of the file's picture track."""
    alpha: Alpha | None = None
    """Opacity; None is opaque."""
    duration_seconds: Fraction | None = None
    """How long the picture stays; None where nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoInfo:
    """What a source says about itself before it is read."""

    size_wh: tuple[int, int]
    """Size of the frames as they are delivered: upright, square pixels."""
    fps: Fraction
    """Average frames a second; nominal for a still."""
    time_base: Fraction | None = None
    """The tick in which the file counts time, in seconds."""
    num_frames: int | None = None
    """As the file claims: right for sound files, too many for a cut one. Show it, do not rely on it."""
    duration_seconds: Fraction | None = None
    rotation_deg: int = 0
    """By how much the stored picture was turned clockwise to stand upright."""
    has_audio: bool = False


@runtime_checkable
class FrameSource(Protocol):
    """Frames in order of time. Every iteration starts anew; nothing is kept but the frame at hand."""

    @property
    def info(self) -> VideoInfo: ...

    def __iter__(self) -> Iterator[Frame]: ...

    def close(self) -> None:
        """Let go of what is held between iterations; files hold nothing."""

    def __enter__(self: Entered) -> Entered:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@runtime_checkable
class SeekableSource(FrameSource, Protocol):
    """A source that can start anywhere: every file can, a camera cannot."""

    def frames_from(self, index: int) -> Iterator[Frame]:
        """The frames from number `index` on, the very same as iteration yields; none beyond the end."""
        ...

    def __iter__(self) -> Iterator[Frame]:
        return self.frames_from(0)


@runtime_checkable
class FrameSink(Protocol):
    """Takes frames in order of time and ends in one complete file, or in none.

    Left by an exception (Ctrl-C is one) the context manager aborts, and what stood at the target
    before stands there still. A caller who would rather keep the part that is done catches the
    exception inside and calls `close`: the file then is playable up to the last frame written.
    """

    def write(self, frame: Frame) -> None: ...

    def close(self) -> None:
        """Finish the file and put it in place."""
        ...

    def abort(self) -> None:
        """Drop what was written; nothing of it stays."""
        ...

    def __enter__(self: Entered) -> Entered:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self.abort()
