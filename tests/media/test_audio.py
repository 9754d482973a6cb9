from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from liveportrait.media.opening import open_sink, open_source
from liveportrait.media.protocol import VideoInfo
from tests.media.clips import Clip, Sound, audio_seconds, clicks_in, numbered_frames, write_sound

FPS = Fraction(25)
LIKE = VideoInfo(size_wh=(64, 48), fps=FPS)


def animated(path: Path, audio_from: Path, *, num_frames: int = 50) -> Path:
    with open_sink(path, like=LIKE, audio_from=audio_from) as sink:
        for frame in numbered_frames(num_frames, fps=FPS):
            sink.write(frame)
    return path


def codec_of(path: Path) -> str:
    with av.open(str(path)) as container:
        return container.streams.audio[0].codec_context.codec.canonical_name


def packets_of(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(container.streams.audio[0]) if packet.size]


def clip_with(sound: Sound, path: Path, *, muxer: str = "mp4", num_frames: int = 50) -> Path:
    ticks = list(range(num_frames))
    return Clip(ticks=ticks, time_base=1 / FPS, fps=FPS, sound=sound, muxer=muxer).write(path)


@pytest.mark.parametrize(
    ("source", "muxer", "codec", "rate", "target", "expected"),
    [
        ("a.mp4", "mp4", "aac", 44100, "out.mp4", "aac"),
        ("a.mp4", "mp4", "aac", 48000, "out.mkv", "aac"),
        ("a.mkv", "matroska", "libopus", 48000, "out.webm", "opus"),
        ("a.mkv", "matroska", "libopus", 48000, "out.mp4", "opus"),
        ("a.mkv", "matroska", "flac", 44100, "out.mp4", "flac"),
        ("a.mp4", "mp4", "libmp3lame", 44100, "out.mov", "mp3"),
    ],
)
def test_sound_is_copied_without_loss_where_the_container_takes_it(
    tmp_path: Path, source: str, muxer: str, codec: str, rate: int, target: str, expected: str
) -> None:
    original = clip_with(Sound(codec=codec, rate=rate), tmp_path / source, muxer=muxer)
    result = animated(tmp_path / target, original)
    assert codec_of(result) == expected
    copied, whole = packets_of(result), packets_of(original)
    assert whole[: len(copied)] == copied
    assert len(whole) - len(copied) <= 3
    assert clicks_in(result) == pytest.approx(clicks_in(original), abs=0.002)


@pytest.mark.parametrize(
    ("source", "muxer", "codec", "rate", "target", "expected"),
    [
        ("a.mp4", "mp4", "aac", 44100, "out.webm", "opus"),
        ("a.mov", "mov", "pcm_s16le", 44100, "out.mp4", "aac"),
        ("a.mov", "mov", "pcm_s16le", 22050, "out.webm", "opus"),
        ("a.avi", "avi", "pcm_s16le", 11025, "out.mp4", "aac"),
    ],
)
def test_other_sound_is_encoded_anew_and_stays_in_step(
    tmp_path: Path, source: str, muxer: str, codec: str, rate: int, target: str, expected: str
) -> None:
    original = clip_with(Sound(codec=codec, rate=rate), tmp_path / source, muxer=muxer)
    result = animated(tmp_path / target, original)
    assert codec_of(result) == expected
    assert clicks_in(result) == pytest.approx([0.5, 1.5], abs=0.004)
    assert audio_seconds(result) == pytest.approx(2.0, abs=0.03)


@pytest.mark.parametrize("target", ["out.mp4", "out.mkv", "out.webm"])
@pytest.mark.parametrize("sound_seconds", [1.0, 2.0, 7.0])
def test_sound_ends_with_the_picture_or_with_itself(
    tmp_path: Path, target: str, sound_seconds: float
) -> None:
    original = clip_with(Sound(seconds=sound_seconds, clicks_seconds=(0.5,)), tmp_path / "a.mp4")
    result = animated(tmp_path / target, original)
    assert audio_seconds(result) == pytest.approx(min(2.0, sound_seconds), abs=0.03)
    assert clicks_in(result) == pytest.approx([0.5], abs=0.004)
    assert sum(1 for _ in open_source(result)) == 50


def test_the_whole_file_lasts_as_long_as_its_picture(tmp_path: Path) -> None:
    original = clip_with(Sound(seconds=7.0), tmp_path / "a.mp4")
    with av.open(str(animated(tmp_path / "out.mp4", original))) as container:
        assert container.duration == pytest.approx(2_000_000, abs=1000)


def test_sound_that_starts_late_stays_late(tmp_path: Path) -> None:
    sound = Sound(seconds=1.0, start_seconds=0.8, clicks_seconds=(0.4,))
    for codec, target in [("aac", "out.mp4"), ("aac", "out.webm"), ("pcm_s16le", "out2.mp4")]:
        muxer = "mp4" if codec == "aac" else "mov"
        original = clip_with(replace(sound, codec=codec), tmp_path / f"{codec}.{muxer}", muxer=muxer)
        assert clicks_in(original) == pytest.approx([1.2], abs=0.002)
        assert clicks_in(animated(tmp_path / target, original)) == pytest.approx([1.2], abs=0.004)


def test_a_file_whose_clock_starts_late_keeps_sound_and_picture_together(tmp_path: Path) -> None:
    """MPEG-TS starts anywhere; both are moved by the same time."""
    ticks = [900_000 + 3600 * number for number in range(50)]
    clip = Clip(
        ticks=ticks,
        time_base=Fraction(1, 90000),
        fps=FPS,
        muxer="mpegts",
        sound=Sound(start_seconds=10.0),
    )
    original = clip.write(tmp_path / "a.ts")
    expected = clicks_in(original)
    assert expected == pytest.approx([0.5, 1.5], abs=0.05)
    assert clicks_in(animated(tmp_path / "out.mp4", original)) == pytest.approx(expected, abs=0.003)


@pytest.mark.parametrize(
    ("name", "muxer", "codec"), [("a.wav", "wav", "pcm_s16le"), ("a.mp3", "mp3", "libmp3lame")]
)
def test_a_song_may_be_the_sound(tmp_path: Path, name: str, muxer: str, codec: str) -> None:
    song = write_sound(tmp_path / name, Sound(codec=codec), muxer=muxer)
    result = animated(tmp_path / "out.mp4", song)
    assert clicks_in(result) == pytest.approx([0.5, 1.5], abs=0.004)


def test_a_silent_file_gives_a_silent_one(tmp_path: Path) -> None:
    silent = Clip().write(tmp_path / "a.mp4")
    with av.open(str(animated(tmp_path / "out.mp4", silent))) as container:
        assert not container.streams.audio


def test_sound_that_breaks_off_ends_there(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    content = clip_with(Sound(codec="libopus", rate=48000), tmp_path / "a.mkv", muxer="matroska").read_bytes()
    (tmp_path / "cut.mkv").write_bytes(content[: len(content) // 2])
    result = animated(tmp_path / "out.webm", tmp_path / "cut.mkv")
    assert audio_seconds(result) < 2.0
    assert sum(1 for _ in open_source(result)) == 50


def test_sound_and_picture_lie_side_by_side_in_the_file(tmp_path: Path) -> None:
    """A player that reads front to back never waits long; the muxer alone would let 10 s pass."""
    slow = Fraction(4)
    original = clip_with(Sound(seconds=40.0), tmp_path / "a.mp4")
    with open_sink(tmp_path / "out.mp4", like=replace(LIKE, fps=slow), audio_from=original) as sink:
        for frame in numbered_frames(160, fps=slow):
            sink.write(frame)
    with av.open(str(tmp_path / "out.mp4")) as container:
        packets = sorted((packet for packet in container.demux() if packet.size), key=lambda p: p.pos or 0)
    last = {0: 0.0, 1: 0.0}
    for packet in packets:
        last[packet.stream_index] = float((packet.dts or 0) * packet.time_base)
        assert abs(last[0] - last[1]) < 2


def test_sound_from_before_the_picture_is_left_out(tmp_path: Path) -> None:
    ticks = [900_000 + 3600 * number for number in range(50)]
    sound = Sound(start_seconds=7.0, seconds=5.0, clicks_seconds=(1.0, 4.0))
    clip = Clip(ticks=ticks, time_base=Fraction(1, 90000), fps=FPS, muxer="mpegts", sound=sound)
    result = animated(tmp_path / "out.mp4", clip.write(tmp_path / "a.ts"))
    assert clicks_in(result) == pytest.approx([1.0], abs=0.05)
    assert 1.9 / 0.024 < len(packets_of(result)) < 2.3 / 0.023


def test_stereo_stays_stereo_when_encoded_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with av.open(str(path), "w", format="wav") as output:
        audio = output.add_stream("pcm_s16le", rate=48000, layout="stereo")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 96000), np.int16), format="s16", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48000, 0, Fraction(1, 48000)
        output.mux(audio.encode(frame))
        output.mux(audio.encode(None))
    with av.open(str(animated(tmp_path / "out.mp4", path, num_frames=25))) as container:
        assert container.streams.audio[0].layout.name == "stereo"
