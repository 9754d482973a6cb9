"""Animated WebPs from frames, one by one: the usual encoders keep the whole animation in memory.

Source: WebP Container Specification (Google, RFC 9649): a RIFF file of the chunks VP8X, ANIM,
one ANMF per frame, and XMP. Each frame is a still, encoded by Pillow, without its wrapping.
"""

import struct
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from liveportrait.media.image_writer import encode_image
from liveportrait.media.marks import xmp_packet
from liveportrait.media.protocol import Frame, VideoInfo
from liveportrait.media.settings import SinkSettings
from liveportrait.media.sink import Encoder

_TICK_SECONDS = Fraction(1, 1000)

_HAS_ANIMATION, _HAS_XMP, _HAS_ALPHA = 0x02, 0x04, 0x10

_SIZE_POSITION, _FLAGS_POSITION = 4, 20

_DO_NOT_BLEND = 0x02

_LONGEST_TICKS = 2**24 - 1

_WRAPPING = frozenset({b"VP8X", b"XMP ", b"EXIF", b"ICCP"})
"""Chunks of a still that do not belong into a frame."""


class WebpEncoder(Encoder):
    """Writes one animated WebP that loops for ever; alpha is kept."""

    def __init__(self, path: Path, *, like: VideoInfo, settings: SinkSettings) -> None:
        self._like = like
        self._marks = settings.mark == "generated"
        self._frame_settings = replace(settings, mark="none")
        self._file = path.open("wb")
        self._is_begun = False
        self._has_alpha = False
        self._first_seconds = Fraction(0)
        self._end_ticks = 0

    def write(self, frame: Frame) -> None:
        height, width = frame.image.shape[:2]
        if not self._is_begun:
            self._is_begun = True
            self._first_seconds = frame.pts_seconds
            self._file.write(_header(width, height))
        self._has_alpha |= frame.alpha is not None
        still = encode_image(frame.image, alpha=frame.alpha, kind="WEBP", settings=self._frame_settings)
        duration = frame.duration_seconds or 1 / self._like.fps
        end_seconds = frame.pts_seconds - self._first_seconds + duration
        ticks = max(1, min(round(end_seconds / _TICK_SECONDS) - self._end_ticks, _LONGEST_TICKS))
        self._end_ticks += ticks
        placement = _u24(0) + _u24(0) + _u24(width - 1) + _u24(height - 1)
        self._file.write(_chunk(b"ANMF", placement + _u24(ticks) + bytes([_DO_NOT_BLEND]) + _bare(still)))

    def finish(self) -> None:
        if self._marks:
            self._file.write(_chunk(b"XMP ", xmp_packet()))
        size = self._file.tell()
        self._file.seek(_SIZE_POSITION)
        self._file.write(struct.pack("<I", size - 8))
        self._file.seek(_FLAGS_POSITION)
        alpha, xmp = _HAS_ALPHA * self._has_alpha, _HAS_XMP * self._marks
        self._file.write(bytes([_HAS_ANIMATION | alpha | xmp]))
        self._file.close()

    def release(self) -> None:
        self._file.close()


def _header(width: int, height: int) -> bytes:
    """The chunks before the frames; total size and flags are known, and put in, at the end."""
    canvas = _chunk(b"VP8X", bytes(4) + _u24(width - 1) + _u24(height - 1))
    transparent_and_for_ever = bytes(4) + bytes(2)
    return b"RIFF" + bytes(4) + b"WEBP" + canvas + _chunk(b"ANIM", transparent_and_for_ever)


def _u24(value: int) -> bytes:
    return value.to_bytes(3, "little")


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def _bare(still: bytes) -> bytes:
    """The picture's own chunks (ALPH, VP8, VP8L) of a WebP still."""
    chunks = []
    position = 12
    while position < len(still):
        name, length = struct.unpack_from("<4sI", still, position)
        end = position + 8 + length + length % 2
        if name not in _WRAPPING:
            chunks.append(still[position:end])
        position = end
    return b"".join(chunks)
