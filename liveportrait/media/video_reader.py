"""Videos as sources: streamed, with exact times, as often as wanted and from any frame."""

import logging
import re
from array import array
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import dropwhile, islice
from pathlib import Path
from typing import NamedTuple

from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from liveportrait.errors import MediaError
from liveportrait.media.av_input import decoded, opened_container, picture_stream, start_seconds
from liveportrait.media.frame_conversion import FrameConverter, Layout, layout_of
from liveportrait.media.limits import check_size
from liveportrait.media.protocol import Frame, SeekableSource, VideoInfo

logger = logging.getLogger(__name__)

_DEFAULT_FPS = Fraction(25)


MISSED_SECONDS = Fraction(1, 4)
"""A file whose picture ends earlier than it says by more than this was cut."""


class Shot(NamedTuple):
    """A decoded picture and its time in ticks of the stream."""

    ticks: int
    picture: VideoFrame


class VideoSource(SeekableSource):
    """One video file. A variable frame rate stays variable; a damaged file gives what can be decoded."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ticks = array("q")
        """Time of every frame seen so far: 8 bytes a frame, so that a later pass can start anywhere."""
        self._is_known = False
        """Whether it was read to its end."""
        with self._opened() as (container, stream):
            check_size(path, (stream.width, stream.height))
            first = next(_pictures(container, stream, path), None)
            if first is None:
                raise MediaError(f"{path}: the video has no frame that can be decoded.")
            self._layout = layout_of(first, pixel_aspect=stream.sample_aspect_ratio)
            check_size(path, self._layout.square_wh)
            self._time_base = _time_base(stream)
            self._start_seconds = start_seconds(container)
            self._info = _info(container, stream, self._layout)
            self._claimed_seconds = _picture_seconds(container, stream)
            self._step = max(1, round(1 / (self._info.fps * self._time_base)))
            """Ticks from one frame to the next at the average rate."""

    @property
    def info(self) -> VideoInfo:
        return self._info

    def frames_from(self, index: int) -> Iterator[Frame]:
        convert = FrameConverter(self._layout)
        shots = _with_next(self._shots_from(index), last_step=self._step)
        for number, (shot, next_ticks) in enumerate(shots, start=index):
            image, alpha = convert(shot.picture)
            yield Frame(
                image=image,
                alpha=alpha,
                index=number,
                pts_seconds=shot.ticks * self._time_base - self._start_seconds,
                duration_seconds=(next_ticks - shot.ticks) * self._time_base,
            )

    @contextmanager
    def _opened(self) -> Iterator[tuple[InputContainer, VideoStream]]:
        with opened_container(self._path) as container:
            yield container, picture_stream(container, self._path)

    def _shots_from(self, index: int) -> Iterator[Shot]:
        if 0 < index < len(self._ticks):
            shots = self._sought(self._ticks[index])
            first = next(shots, None)
            if first is not None and first.ticks == self._ticks[index]:
                yield first
                yield from shots
                return
            shots.close()
        yield from islice(self._recorded(), index, None)

    def _sought(self, ticks: int) -> Generator[Shot, None, None]:
        """From the frame at this time on, if the container's index leads there."""
        with self._opened() as (container, stream):
            container.seek(ticks, stream=stream)
            shots = timed(_pictures(container, stream, self._path), step=self._step)
            yield from dropwhile(lambda shot: shot.ticks < ticks, shots)

    def _recorded(self) -> Iterator[Shot]:
        """From the first frame on, keeping the times."""
        number, shot = -1, None
        with self._opened() as (container, stream):
            shots = timed(_pictures(container, stream, self._path), step=self._step)
            for number, shot in enumerate(shots):
                if number == len(self._ticks):
                    self._ticks.append(shot.ticks)
                yield shot
        if not self._is_known:
            self._is_known = True
            self._tell_if_cut(number + 1, shot)

    def _tell_if_cut(self, num_frames: int, last: Shot | None) -> None:
        """By the number of frames that the file promises; without one, as in Matroska, by its length."""
        promised, claimed = self._info.num_frames, self._claimed_seconds
        if promised is not None and num_frames < promised:
            logger.warning(
                "%s: the file promises %d frames, %d can be decoded", self._path, promised, num_frames
            )
        if promised is not None or claimed is None or last is None:
            return
        seconds = (last.ticks + (last.picture.duration or self._step)) * self._time_base
        if seconds < claimed - max(MISSED_SECONDS, 2 * self._step * self._time_base):
            logger.warning(
                "%s: the file promises %.1f seconds of picture, %.1f can be decoded",
                self._path,
                float(claimed),
                float(seconds),
            )


def _pictures(container: InputContainer, stream: VideoStream, path: Path) -> Iterator[VideoFrame]:
    packets = (packet for packet in container.demux(stream) if packet.size)
    return decoded(packets, stream.decode, path)


def timed(pictures: Iterable[VideoFrame], *, step: int) -> Iterator[Shot]:
    """Pictures with times that always grow; where the file gives none, `step` ticks after the one before."""
    last: int | None = None
    for picture in pictures:
        ticks = picture.pts
        if ticks is None:
            ticks = 0 if last is None else last + step
        elif last is not None and ticks <= last:
            ticks = last + 1
        last = ticks
        yield Shot(ticks, picture)


def _with_next(shots: Iterator[Shot], *, last_step: int) -> Iterator[tuple[Shot, int]]:
    """Each shot and the time of the next; for the last one, when it ends by its own account."""
    held: Shot | None = None
    for shot in shots:
        if held is not None:
            yield held, shot.ticks
        held = shot
    if held is not None:
        yield held, held.ticks + (held.picture.duration or last_step)


def _info(container: InputContainer, stream: VideoStream, layout: Layout) -> VideoInfo:
    return VideoInfo(
        size_wh=layout.upright_wh,
        fps=_fps(stream),
        time_base=_time_base(stream),
        num_frames=stream.frames or None,
        duration_seconds=_duration_seconds(container, stream),
        rotation_deg=layout.orientation.rotation_deg,
        has_audio=bool(container.streams.audio),
    )


def _fps(stream: VideoStream) -> Fraction:
    return stream.average_rate or stream.guessed_rate or _DEFAULT_FPS


def _time_base(stream: VideoStream) -> Fraction:
    assert stream.time_base is not None  # every demuxer sets one
    return stream.time_base


def _duration_seconds(container: InputContainer, stream: VideoStream) -> Fraction | None:
    if stream.duration is not None:
        return stream.duration * _time_base(stream)
    return None if container.duration is None else Fraction(container.duration, 1_000_000)


def _picture_seconds(container: InputContainer, stream: VideoStream) -> Fraction | None:
    """How long the picture is by the file's account; None where only the longest of its streams is known."""
    written = re.fullmatch(r"(\d+):(\d\d):(\d\d\.\d+)", stream.metadata.get("DURATION", ""))
    if written:  # a tag of Matroska
        hours, minutes, seconds = (Fraction(part) for part in written.groups())
        return hours * 3600 + minutes * 60 + seconds
    if stream.duration is None and container.streams.audio:
        return None
    return _duration_seconds(container, stream)
