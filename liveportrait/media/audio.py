"""Sound from one file into another, in step with the picture and no longer than it."""

from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.packet import Packet

from liveportrait.errors import MediaError
from liveportrait.media.av_input import decoded, opened_container, start_seconds, unbroken
from liveportrait.media.containers import Container

if TYPE_CHECKING:
    AudioPacket: TypeAlias = Packet[AudioStream]
else:
    AudioPacket: TypeAlias = Packet  # generic for the type checker only

_BIT_RATE = 160_000

_PREROLL_SECONDS = Fraction(1, 10)
"""Sound before the picture starts is left out, but for what a decoder needs to warm up (Opus: 80 ms)."""


class AudioTrack:
    """The sound of a file on its way into another one; read as the picture advances, never far ahead."""

    def __init__(self, path: Path, output: OutputContainer, container: Container) -> None:
        """Add a stream to `output`, which has not begun; the file at `path` has sound."""
        self._output = output
        with ExitStack() as stack:
            source = stack.enter_context(opened_container(path))
            stream = source.streams.audio[0]
            if stream.codec_context.codec.canonical_name in container.copied_audio:
                packets = _copied(source, stream, output.add_stream_from_template(stream))
                self._packets = unbroken(packets, path)
            else:
                target = _added_stream(output, stream, container.audio_codec)
                self._packets = _encoded(source, stream, target, path)
            self._next = next(self._packets, None)
            self._resources = stack.pop_all()

    def write_until(self, now_seconds: Fraction) -> None:
        """Write all that ends by now."""
        while self._next is not None and _end_seconds(self._next) <= now_seconds:
            self._write_next()

    def finish(self, end_seconds: Fraction) -> None:
        """Write what is left until the picture ends; the last packet's time is cut to fit."""
        while self._next is not None and _seconds(self._next) < end_seconds:
            left = end_seconds - _seconds(self._next)
            if _end_seconds(self._next) > end_seconds:
                self._next.duration = int(left / self._next.time_base)
            self._write_next()

    def close(self) -> None:
        """Close the file that the sound comes from."""
        self._resources.close()

    def _write_next(self) -> None:
        assert self._next is not None
        self._output.mux(self._next)
        self._next = next(self._packets, None)


def has_audio(path: Path) -> bool:
    """Whether there is any sound in a file."""
    with opened_container(path) as container:
        return bool(container.streams.audio)


def _copied(source: InputContainer, stream: AudioStream, target: AudioStream) -> Iterator[AudioPacket]:
    """The packets as they are, on the picture's clock."""
    shift = _ticks(start_seconds(source), stream)
    for packet in source.demux(stream):
        if packet.dts is None or packet.pts is None:
            continue
        packet.pts -= shift
        packet.dts -= shift
        if _end_seconds(packet) > -_PREROLL_SECONDS:
            packet.stream = target
            yield packet


def _encoded(
    source: InputContainer, stream: AudioStream, target: AudioStream, path: Path
) -> Iterator[AudioPacket]:
    """The sound in another codec, on the picture's clock."""
    shift = _ticks(start_seconds(source), stream)
    packets = (packet for packet in source.demux(stream) if packet.size)
    for frame in decoded(packets, stream.decode, path):
        if frame.pts is None or frame.time_base is None:
            continue
        frame.pts -= shift
        if frame.pts * frame.time_base + Fraction(frame.samples, frame.sample_rate) > 0:
            yield from _coded(target, frame, path)
    yield from target.encode(None)


def _coded(target: AudioStream, frame: AudioFrame, path: Path) -> list[AudioPacket]:
    try:
        return target.encode(frame)
    except ValueError as error:  # PyAV's resampler keeps to the layout and the rate of the first frame
        raise MediaError(
            f"{path}: the sound changes its kind on the way ({error}); convert it first."
        ) from error


def _added_stream(output: OutputContainer, source: AudioStream, codec: str) -> AudioStream:
    """A stream of the nearest shape that the codec takes: at most stereo, at a rate that it knows."""
    kind = source.codec_context.codec.canonical_name
    try:
        rates = av.Codec(codec, "w").audio_rates
    except FFmpegError as error:
        raise MediaError(
            f"this build of PyAV has no encoder {codec} for sound of kind {kind}; "
            f"install the wheel from PyPI, or write .mkv, which takes most kinds as they are."
        ) from error
    rate = source.rate if not rates or source.rate in rates else 48000
    layout = "mono" if source.channels == 1 else "stereo"
    target = output.add_stream(codec, rate=rate, layout=layout, bit_rate=_BIT_RATE)
    assert isinstance(target, AudioStream)
    return target


def _ticks(seconds: Fraction, stream: AudioStream) -> int:
    assert stream.time_base is not None  # every demuxer sets one
    return round(seconds / stream.time_base)


def _seconds(packet: AudioPacket) -> Fraction:
    assert packet.pts is not None
    return packet.pts * packet.time_base


def _end_seconds(packet: AudioPacket) -> Fraction:
    return _seconds(packet) + (packet.duration or 0) * packet.time_base
