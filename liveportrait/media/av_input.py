"""Opening containers that strangers made: only known kinds, only this one file, clear errors."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TypeVar

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.stream import VideoStream

from liveportrait.errors import MediaError
from liveportrait.media.reading import check_readable

Coded = TypeVar("Coded")
Item = TypeVar("Item")

logger = logging.getLogger(__name__)

# Play lists (HLS, DASH, concat) and the like are left out: they open files and addresses that they name.
_DEMUXERS = (
    "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "avi", "mpegts", "mpeg", "mpegvideo", "flv", "asf", "ogg",
    "h264", "hevc", "ivf", "yuv4mpegpipe", "mxf", "mjpeg", "nut", "mp3", "aac", "wav", "flac",
)  # fmt: skip

_OPTIONS = {"format_whitelist": ",".join(_DEMUXERS), "protocol_whitelist": "file"}


@contextmanager
def opened_container(path: Path) -> Iterator[InputContainer]:
    """A video or sound file, told by its content."""
    check_readable(path)
    try:
        # "file:" keeps a name such as "http:x.mp4" from being taken for an address.
        container = av.open(f"file:{path}", "r", container_options=_OPTIONS, metadata_errors="replace")
    except (FFmpegError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise MediaError(
            f"{path}: this is no video that can be read, or it is damaged ({reason}); "
            f"expected MP4, MOV, MKV, WebM, AVI or the like. The extension does not matter, the content does."
        ) from error
    with container:
        yield container


def picture_stream(container: InputContainer, path: Path) -> VideoStream:
    """The first video; raises where there is none."""
    for stream in _pictures(container):
        stream.thread_type = "AUTO"
        return stream
    kind = "sound only" if container.streams.audio else "neither picture nor sound"
    raise MediaError(f"{path}: expected a video, but the file holds {kind}.")


def start_seconds(container: InputContainer) -> Fraction:
    """The zero of the file's time: where its picture starts, in a song where its sound does."""
    for stream in (*_pictures(container), *container.streams.audio):
        if stream.start_time is not None and stream.time_base is not None:
            return stream.start_time * stream.time_base
    return Fraction(0)


def decoded(
    packets: Iterator[Coded], decode: Callable[[Coded | None], list[Item]], path: Path
) -> Iterator[Item]:
    """All pictures, or pieces of sound, that can be decoded.

    What is damaged is left out, with a warning: a file that was cut short, as a failed download is,
    gives what it has. A result from most of a clip is worth more than none after an hour.
    """
    num_damaged = 0
    for packet in chain(unbroken(packets, path), (None,)):  # at None the decoder gives what it holds back
        try:
            items = decode(packet)
        except FFmpegError:
            num_damaged += 1
            continue
        yield from items
    if num_damaged:
        logger.warning("%s: %d pieces are damaged and were left out", path, num_damaged)


def unbroken(packets: Iterator[Coded], path: Path) -> Iterator[Coded]:
    """The packets of a file, until it ends or breaks off."""
    try:
        yield from packets
    except (FFmpegError, OSError) as error:
        logger.warning("%s: the file breaks off (%s); what came before is used", path, error)


def _pictures(container: InputContainer) -> list[VideoStream]:
    """The videos proper; the cover picture of a song is none."""
    return [video for video in container.streams.video if not video.disposition & Disposition.attached_pic]
