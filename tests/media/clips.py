"""Clips that the tests make: every frame carries its number, and sound clicks at known times.

They are written with PyAV alone, so that a fault of our writer cannot hide one of our reader.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from liveportrait.arrays import FrameRGB
from liveportrait.media.protocol import Frame

NTSC = Fraction(30000, 1001)

_NUM_BITS = 16
_CELL_PX = 8


def numbered_picture(number: int, *, size_wh: tuple[int, int] = (64, 48)) -> FrameRGB:
    """A picture with its number in the top rows, as black and white cells that coding cannot blur away."""
    width, height = size_wh
    rows, columns = np.mgrid[0:height, 0:width]
    image = np.stack([rows * 3 % 256, columns * 2 % 256, np.full_like(rows, 90)], axis=-1).astype(np.uint8)
    for bit in range(_NUM_BITS):
        row, column = divmod(bit, 8)
        cell = np.s_[row * _CELL_PX : (row + 1) * _CELL_PX, column * _CELL_PX : (column + 1) * _CELL_PX]
        image[cell] = 255 * (number >> bit & 1)
    return image


def number_of(image: FrameRGB) -> int:
    """The number that `numbered_picture` put in."""
    number = 0
    for bit in range(_NUM_BITS):
        row, column = (_CELL_PX * place + _CELL_PX // 2 for place in divmod(bit, 8))
        number |= int(image[row, column].mean() > 127) << bit
    return number


def numbered_frames(
    num_frames: int, *, fps: Fraction = Fraction(25), size_wh: tuple[int, int] = (64, 48)
) -> list[Frame]:
    """Frames at a constant rate."""
    return [
        Frame(
            image=numbered_picture(number, size_wh=size_wh),
            index=number,
            pts_seconds=number / fps,
            duration_seconds=1 / fps,
        )
        for number in range(num_frames)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """Silence with clicks."""

    codec: str = "aac"
    rate: int = 44100
    seconds: float = 2.0
    clicks_seconds: Sequence[float] = (0.5, 1.5)
    start_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A video to write. Ticks are the times of the frames in units of the time base."""

    ticks: Sequence[int] = field(default_factory=lambda: [1001 * number for number in range(30)])
    time_base: Fraction = Fraction(1, 30000)
    fps: Fraction = NTSC
    size_wh: tuple[int, int] = (64, 48)
    muxer: str = "mp4"
    codec: str = "libx264"
    pixels: str = "yuv420p"
    options: dict[str, str] = field(default_factory=lambda: {"crf": "12", "g": "12"})
    rotation_deg: float = 0
    """Counterclockwise turn that the display matrix asks for."""
    pixel_aspect: Fraction | None = None
    sound: Sound | None = None

    def write(self, path: Path) -> Path:
        with av.open(str(path), "w", format=self.muxer) as output:
            video = self._video_stream(output)
            audio = None if self.sound is None else _audio_stream(output, self.sound)
            if audio is not None and self.sound is not None:
                _write_sound(output, audio, self.sound)
            for number, tick in enumerate(self.ticks):
                picture = VideoFrame.from_ndarray(numbered_picture(number, size_wh=self.size_wh))
                picture = picture.reformat(format=self.pixels)
                picture.pts, picture.time_base = tick, self.time_base
                output.mux(video.encode(picture))
            output.mux(video.encode(None))
        return path

    def _video_stream(self, output: OutputContainer) -> VideoStream:
        video = output.add_stream(self.codec, rate=self.fps, options=self.options)
        assert isinstance(video, VideoStream)
        video.width, video.height = self.size_wh
        video.pix_fmt = self.pixels
        video.time_base = video.codec_context.time_base = self.time_base
        if self.rotation_deg:
            video.set_display_rotation(self.rotation_deg)
        if self.pixel_aspect is not None:
            video.codec_context.sample_aspect_ratio = self.pixel_aspect
        return video


def write_sound(path: Path, sound: Sound, *, muxer: str) -> Path:
    """A file with sound and nothing else."""
    with av.open(str(path), "w", format=muxer) as output:
        _write_sound(output, _audio_stream(output, sound), sound)
    return path


def clicks_in(path: Path) -> list[float]:
    """When the clicks are heard, in seconds, on the clock of the file's picture."""
    mono = av.AudioResampler(format="flt", layout="mono")
    heard: list[float] = []
    with av.open(str(path)) as source:
        start = _start_seconds(source.streams.video[0])
        for frame in (part for whole in source.decode(audio=0) for part in mono.resample(whole)):
            loudness = np.abs(frame.to_ndarray()[0])
            peak = int(np.argmax(loudness))
            seconds = float(_seconds(frame.pts, frame.time_base) - start) + peak / frame.sample_rate
            if loudness[peak] > 0.2 and (not heard or seconds - heard[-1] > 0.1):
                heard.append(seconds)
    return heard


def audio_seconds(path: Path) -> float:
    """When the sound of a file ends, by its packets, on the clock of the file's picture."""
    with av.open(str(path)) as source:
        start = _start_seconds(source.streams.video[0])
        packets = [packet for packet in source.demux(source.streams.audio[0]) if packet.size]
        ends = [
            _seconds(packet.pts, packet.time_base) + _seconds(packet.duration, packet.time_base)
            for packet in packets
        ]
    return float(max(ends) - start)


def _start_seconds(stream: Stream) -> Fraction:
    return _seconds(stream.start_time or 0, stream.time_base)


def _seconds(ticks: int | None, time_base: Fraction | None) -> Fraction:
    assert ticks is not None and time_base is not None
    return ticks * time_base


def _audio_stream(output: OutputContainer, sound: Sound) -> AudioStream:
    audio = output.add_stream(sound.codec, rate=sound.rate, layout="mono")
    assert isinstance(audio, AudioStream)
    return audio


def _write_sound(output: OutputContainer, audio: AudioStream, sound: Sound) -> None:
    samples = np.zeros((1, round(sound.seconds * sound.rate)), dtype=np.int16)
    for click in sound.clicks_seconds:
        samples[0, round(click * sound.rate)] = 32000
    first = round(sound.start_seconds * sound.rate)
    for start in range(0, samples.shape[1], 1000):
        frame = av.AudioFrame.from_ndarray(samples[:, start : start + 1000], format="s16", layout="mono")
        frame.sample_rate = sound.rate
        frame.pts, frame.time_base = first + start, Fraction(1, sound.rate)
        output.mux(audio.encode(frame))
    output.mux(audio.encode(None))
