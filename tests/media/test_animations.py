from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from liveportrait.errors import MediaError
from liveportrait.media.animation_source import AnimationSource
from liveportrait.media.kinds import kind_of
from liveportrait.media.opening import open_sink, open_source
from liveportrait.media.protocol import Frame, VideoInfo
from tests.media.clips import NTSC, number_of, numbered_frames, numbered_picture

LIKE = VideoInfo(size_wh=(64, 48), fps=Fraction(25))
PICTURES = [Image.fromarray(numbered_picture(number)) for number in range(8)]
DURATIONS_MS = [40, 20, 100, 330, 40, 50, 60, 70]


def written(path: Path, frames: list[Frame]) -> list[Frame]:
    with open_sink(path, like=LIKE) as sink:
        for frame in frames:
            sink.write(frame)
    return list(open_source(path))


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png"])
def test_frames_and_times_of_animations_of_others(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    PICTURES[0].save(path, save_all=True, append_images=PICTURES[1:], duration=DURATIONS_MS, lossless=True)
    assert kind_of(path) == "animation"
    source = open_source(path)
    assert source.info.num_frames == 8
    assert source.info.fps == 25
    frames = list(source)
    assert [number_of(frame.image) for frame in frames] == list(range(8))
    assert [frame.duration_seconds for frame in frames] == [Fraction(ms, 1000) for ms in DURATIONS_MS]
    starts_ms = [sum(DURATIONS_MS[:number]) for number in range(8)]
    assert [frame.pts_seconds for frame in frames] == [Fraction(ms, 1000) for ms in starts_ms]
    later = list(source.frames_from(5))
    assert [frame.index for frame in later] == [5, 6, 7]
    assert [frame.pts_seconds for frame in later] == [frame.pts_seconds for frame in frames[5:]]


def test_frames_that_claim_no_time_are_shown_as_browsers_do(tmp_path: Path) -> None:
    PICTURES[0].save(tmp_path / "a.gif", save_all=True, append_images=PICTURES[1:3], duration=10)
    assert {frame.duration_seconds for frame in AnimationSource(tmp_path / "a.gif")} == {Fraction(1, 10)}


def test_a_single_frame_is_a_still(tmp_path: Path) -> None:
    PICTURES[0].save(tmp_path / "a.gif")
    assert kind_of(tmp_path / "a.gif") == "still"
    assert len(list(open_source(tmp_path / "a.gif"))) == 1


def test_a_cut_animation_gives_what_it_has(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "a.gif"
    PICTURES[0].save(path, save_all=True, append_images=PICTURES[1:], duration=40)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 7 // 10])
    numbers = [number_of(frame.image) for frame in open_source(path)]
    assert 2 <= len(numbers) < 8
    assert numbers == list(range(len(numbers)))
    path.write_bytes(content[:60])
    with pytest.raises(MediaError, match=r"a\.gif"):
        list(open_source(path))


@pytest.mark.parametrize("name", ["a.gif", "a.webp"])
def test_what_is_written_comes_back(tmp_path: Path, name: str) -> None:
    frames = numbered_frames(20)
    back = written(tmp_path / name, frames)
    assert kind_of(tmp_path / name) == "animation"
    assert [number_of(frame.image) for frame in back] == list(range(20))
    assert [frame.pts_seconds for frame in back] == [frame.pts_seconds for frame in frames]
    assert back[-1].duration_seconds == Fraction(1, 25)
    assert np.abs(back[3].image.astype(int) - frames[3].image).mean() < 4


@pytest.mark.parametrize(("name", "tick"), [("a.gif", Fraction(1, 100)), ("a.webp", Fraction(1, 1000))])
def test_rounded_times_do_not_drift(tmp_path: Path, name: str, tick: Fraction) -> None:
    back = written(tmp_path / name, numbered_frames(90, fps=NTSC))
    assert len(back) == 90
    for number, frame in enumerate(back):
        assert abs(frame.pts_seconds - number / NTSC) <= tick / 2


@pytest.mark.parametrize("name", ["a.gif", "a.webp"])
def test_times_start_at_zero_and_may_vary(tmp_path: Path, name: str) -> None:
    starts = [Fraction(50, 100), Fraction(54, 100), Fraction(80, 100), Fraction(82, 100)]
    lasts = [Fraction(4, 100), Fraction(26, 100), Fraction(2, 100), Fraction(30, 100)]
    frames = [
        replace(frame, pts_seconds=start, duration_seconds=last)
        for frame, start, last in zip(numbered_frames(4), starts, lasts, strict=True)
    ]
    back = written(tmp_path / name, frames)
    assert [frame.pts_seconds for frame in back] == [start - starts[0] for start in starts]
    assert [frame.duration_seconds for frame in back] == lasts


def test_a_gif_leaves_out_what_browsers_would_slow_down(tmp_path: Path) -> None:
    back = written(tmp_path / "a.gif", numbered_frames(100, fps=Fraction(100)))
    assert len(back) == 50
    assert [frame.pts_seconds for frame in back] == [Fraction(number, 50) for number in range(50)]


def test_both_loop_for_ever(tmp_path: Path) -> None:
    for name in ("a.gif", "a.webp"):
        written(tmp_path / name, numbered_frames(3))
        with Image.open(tmp_path / name) as picture:
            assert picture.info["loop"] == 0


def test_a_webp_keeps_alpha_and_frames_do_not_shine_through(tmp_path: Path) -> None:
    alphas = [np.full((48, 64), value, np.uint8) for value in (255, 100, 0, 200)]
    frames = [replace(frame, alpha=alpha) for frame, alpha in zip(numbered_frames(4), alphas, strict=True)]
    back = written(tmp_path / "a.webp", frames)
    assert [255 if frame.alpha is None else int(frame.alpha[9, 9]) for frame in back] == [255, 100, 0, 200]


def test_a_gif_gets_the_background(tmp_path: Path) -> None:
    frames = [replace(frame, alpha=np.zeros((48, 64), np.uint8)) for frame in numbered_frames(2)]
    back = written(tmp_path / "a.gif", frames)
    assert back[0].alpha is None and (back[0].image > 250).all()


@pytest.mark.parametrize("name", ["a.gif", "a.webp"])
def test_odd_and_tiny_sizes(tmp_path: Path, name: str) -> None:
    frames = [
        replace(frame, image=frame.image[:3, :1] // 2 + 9 * frame.index) for frame in numbered_frames(2)
    ]
    back = written(tmp_path / name, frames)
    assert [frame.image.shape for frame in back] == [(3, 1, 3)] * 2
