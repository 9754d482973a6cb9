from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate, cycle, islice
from pathlib import Path

import av
import numpy as np
import pytest
from av.error import EncoderNotFoundError

from liveportrait.errors import MediaError, SettingError
from liveportrait.media.opening import open_sink
from liveportrait.media.protocol import Frame, VideoInfo
from liveportrait.media.settings import H264Settings, SinkSettings, Vp9Settings
from liveportrait.media.video_reader import VideoSource
from tests.media.clips import NTSC, Clip, number_of, numbered_frames, numbered_picture

LIKE = VideoInfo(size_wh=(64, 48), fps=Fraction(25))


def write(
    path: Path, frames: Iterable[Frame], *, like: VideoInfo = LIKE, settings: SinkSettings | None = None
) -> Path:
    with open_sink(path, like=like, settings=settings) as sink:
        for frame in frames:
            sink.write(frame)
    return path


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.m4v", "A.MP4"])
@pytest.mark.parametrize(
    "fps", [NTSC, Fraction(25), Fraction(24000, 1001), Fraction(60), Fraction(2497, 100)]
)
def test_count_rate_and_times_come_back_exactly(tmp_path: Path, name: str, fps: Fraction) -> None:
    source = VideoSource(write(tmp_path / name, numbered_frames(40, fps=fps), like=replace(LIKE, fps=fps)))
    assert source.info.fps == fps
    assert source.info.num_frames == 40
    assert source.info.duration_seconds == 40 / fps
    frames = list(source)
    assert [number_of(frame.image) for frame in frames] == list(range(40))
    assert [frame.pts_seconds for frame in frames] == [number / fps for number in range(40)]
    assert frames[-1].duration_seconds == 1 / fps


@pytest.mark.parametrize("name", ["a.mkv", "a.webm"])
def test_containers_that_count_milliseconds_keep_the_rate_and_do_not_drift(tmp_path: Path, name: str) -> None:
    source = VideoSource(write(tmp_path / name, numbered_frames(90, fps=NTSC), like=replace(LIKE, fps=NTSC)))
    assert source.info.fps == NTSC
    frames = list(source)
    assert [number_of(frame.image) for frame in frames] == list(range(90))
    for number, frame in enumerate(frames):
        assert abs(frame.pts_seconds - number / NTSC) <= Fraction(1, 2000)


def test_a_variable_rate_is_copied_to_the_tick(tmp_path: Path) -> None:
    ticks = list(islice(accumulate(cycle([3003, 1, 9000, 45000]), initial=0), 30))
    like = replace(LIKE, fps=NTSC, time_base=Fraction(1, 90000))
    frames = [
        replace(frame, pts_seconds=Fraction(tick, 90000), duration_seconds=Fraction(12345, 90000))
        for frame, tick in zip(numbered_frames(30), ticks, strict=True)
    ]
    source = VideoSource(write(tmp_path / "a.mp4", frames, like=like))
    back = list(source)
    assert [frame.pts_seconds for frame in back] == [frame.pts_seconds for frame in frames]
    assert back[-1].duration_seconds == Fraction(12345, 90000)
    assert source.info.duration_seconds == Fraction(ticks[-1] + 12345, 90000)


def test_what_was_read_from_a_file_comes_back_with_its_times(tmp_path: Path) -> None:
    ticks = list(islice(accumulate(cycle([1001, 2002, 5]), initial=0), 30))
    first = VideoSource(Clip(ticks=ticks, options={"crf": "12", "bf": "0"}).write(tmp_path / "a.mp4"))
    second = VideoSource(write(tmp_path / "b.mp4", first, like=first.info))
    assert [frame.pts_seconds for frame in second] == [frame.pts_seconds for frame in first]


def test_frames_that_fall_on_one_tick_are_all_kept(tmp_path: Path) -> None:
    frames = [replace(frame, pts_seconds=frame.pts_seconds / 1000) for frame in numbered_frames(10)]
    back = list(VideoSource(write(tmp_path / "a.mp4", frames)))
    assert [number_of(frame.image) for frame in back] == list(range(10))


@pytest.mark.parametrize("size_wh", [(1, 1), (65, 48), (64, 49), (2, 2), (67, 33)])
def test_odd_sizes_grow_by_one(tmp_path: Path, size_wh: tuple[int, int]) -> None:
    image = np.full((size_wh[1], size_wh[0], 3), (200, 90, 40), np.uint8)
    frame = Frame(image=image, index=0, pts_seconds=Fraction(0))
    (back,) = VideoSource(write(tmp_path / "a.mp4", [frame]))
    width, height = size_wh
    assert back.image.shape == (height + height % 2, width + width % 2, 3)
    assert np.abs(back.image.astype(int) - (200, 90, 40)).max() <= 6


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.webm"])
def test_colors_are_tagged_and_survive(tmp_path: Path, name: str) -> None:
    colors = [
        (255, 0, 0),
        (0, 255, 0),
        (0, 0, 255),
        (255, 255, 255),
        (0, 0, 0),
        (128, 128, 128),
        (221, 160, 130),
    ]
    frames = [
        Frame(image=np.full((48, 64, 3), color, np.uint8), index=number, pts_seconds=Fraction(number, 25))
        for number, color in enumerate(colors)
    ]
    settings = SinkSettings(h264=H264Settings(crf=8), vp9=Vp9Settings(crf=4))
    path = write(tmp_path / name, frames, settings=settings)
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_primaries, context.color_trc) == (1, 1, 1)
        assert context.color_range == 1
        luma = [frame.to_ndarray()[24, 32] for frame in container.decode(video=0)]
    expected = [16 + 219 * np.dot(color, (0.2126, 0.7152, 0.0722)) / 255 for color in colors]
    assert np.abs(np.array(luma) - expected).max() <= 2
    for frame, color in zip(VideoSource(path), colors, strict=True):
        assert np.abs(frame.image[24, 32].astype(int) - color).max() <= 5


def test_the_picture_that_comes_back_is_close(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[0:128, 0:128] / 128
    smooth = (
        np.stack([rows, columns, (rows + columns) / 2], axis=-1) * 200 + rng.normal(0, 1, (128, 128, 1)) + 20
    )
    frame = Frame(image=smooth.clip(0, 255).astype(np.uint8), index=0, pts_seconds=Fraction(0))
    settings = SinkSettings(h264=H264Settings(crf=4))
    (back,) = VideoSource(write(tmp_path / "a.mp4", [frame], settings=settings))
    difference = back.image.astype(float) - frame.image
    assert np.sqrt((difference**2).mean()) < 1.5
    assert np.abs(difference.mean(axis=(0, 1))).max() < 0.6


def test_transparent_frames_get_the_background(tmp_path: Path) -> None:
    frame = replace(numbered_frames(1)[0], alpha=np.zeros((48, 64), np.uint8))
    settings = SinkSettings(background_rgb=(0, 128, 0))
    (back,) = VideoSource(write(tmp_path / "a.mp4", [frame], settings=settings))
    assert np.abs(back.image.astype(int) - (0, 128, 0)).max() <= 4


def test_better_settings_make_larger_files(tmp_path: Path) -> None:
    frames = numbered_frames(10)
    coarse = write(tmp_path / "a.mp4", frames, settings=SinkSettings(h264=H264Settings(crf=40)))
    fine = write(tmp_path / "b.mp4", frames, settings=SinkSettings(h264=H264Settings(crf=8)))
    assert fine.stat().st_size > 1.3 * coarse.stat().st_size


def test_the_index_stands_in_front(tmp_path: Path) -> None:
    content = write(tmp_path / "a.mp4", numbered_frames(3)).read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_a_change_of_size_is_refused(tmp_path: Path) -> None:
    frames = [*numbered_frames(2), *numbered_frames(1, size_wh=(80, 48))]
    with pytest.raises(MediaError, match="frame 0 is 80 x 48, the first one was 64 x 48"):
        write(tmp_path / "a.mp4", frames)
    assert list(tmp_path.iterdir()) == []


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(SettingError, match="crf of H.264: expected 0 to 51, got 99"):
        H264Settings(crf=99)
    with pytest.raises(SettingError, match="speed of VP9"):
        Vp9Settings(speed=-1)
    with pytest.raises(SettingError, match="quality of pictures"):
        SinkSettings(quality=0)
    with pytest.raises(SettingError, match="background"):
        SinkSettings(background_rgb=(0, 0, 256))


def test_a_missing_encoder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str, mode: str) -> None:
        raise EncoderNotFoundError(0, "no")

    monkeypatch.setattr(av, "Codec", refuse)
    with pytest.raises(MediaError, match=r"no encoder libx264.*or write \.webm"):
        open_sink(tmp_path / "a.mp4", like=LIKE)
    assert list(tmp_path.iterdir()) == []


def test_each_player_in_the_chain_sees_whole_frames(tmp_path: Path) -> None:
    frame = replace(numbered_frames(1)[0], image=numbered_picture(77, size_wh=(66, 50)))
    (back,) = VideoSource(write(tmp_path / "a.webm", [frame]))
    assert number_of(back.image) == 77
