from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from liveportrait.errors import MediaError
from liveportrait.media.kinds import kind_of
from liveportrait.media.opening import open_sink, open_source
from liveportrait.media.protocol import VideoInfo
from liveportrait.media.sequence_names import numbered_name, sequence_paths
from tests.media.clips import number_of, numbered_frames, numbered_picture

LIKE = VideoInfo(size_wh=(64, 48), fps=Fraction(25))


def write(path: Path, num_frames: int) -> None:
    with open_sink(path, like=LIKE) as sink:
        for frame in numbered_frames(num_frames):
            sink.write(frame)


def test_a_path_without_extension_becomes_a_folder_of_pngs(tmp_path: Path) -> None:
    write(tmp_path / "frames", 12)
    assert [path.name for path in sequence_paths(tmp_path / "frames")][:2] == ["000000.png", "000001.png"]
    source = open_source(tmp_path / "frames", sequence_fps=Fraction(30000, 1001))
    frames = list(source)
    assert source.info.num_frames == 12
    for number, frame in enumerate(frames):
        assert np.array_equal(frame.image, numbered_picture(number))
        assert frame.pts_seconds == number * Fraction(1001, 30000)
    assert [number_of(frame.image) for frame in source.frames_from(9)] == [9, 10, 11]


def test_a_pattern_names_the_pictures(tmp_path: Path) -> None:
    write(tmp_path / "frames" / "50%_%03d.jpg", 3)
    assert sorted(path.name for path in (tmp_path / "frames").iterdir()) == [
        "50%_000.jpg", "50%_001.jpg", "50%_002.jpg",
    ]  # fmt: skip
    pattern = tmp_path / "frames" / "50%_%03d.jpg"
    assert kind_of(pattern) == "sequence"
    assert [number_of(frame.image) for frame in open_source(pattern)] == [0, 1, 2]


def test_numbers_are_ordered_by_value_and_strangers_are_left_out(tmp_path: Path) -> None:
    for number in (10, 9, 2, 100):
        Image.fromarray(numbered_picture(number)).save(tmp_path / f"f{number}.png")
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / ".hidden.png").write_text("hello")
    Image.fromarray(numbered_picture(1)).save(tmp_path / "other1.png")
    assert [number_of(frame.image) for frame in open_source(tmp_path / "f*.png")] == [2, 9, 10, 100]
    assert [number_of(frame.image) for frame in open_source(tmp_path / "f%d.png")] == [2, 9, 10, 100]
    assert len(sequence_paths(tmp_path)) == 5


def test_a_name_with_signs_of_regular_expressions_means_itself(tmp_path: Path) -> None:
    Image.fromarray(numbered_picture(1)).save(tmp_path / "a+(b)[1]1.png")
    Image.fromarray(numbered_picture(2)).save(tmp_path / "aab11.png")
    assert [path.name for path in sequence_paths(tmp_path / "a+(b)[1]%d.png")] == ["a+(b)[1]1.png"]
    assert numbered_name("100%%_%d.png", 7) == "100%%_7.png"


def test_pictures_of_two_sizes_are_refused(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "1.png")
    Image.new("RGB", (9, 8)).save(tmp_path / "2.png")
    with pytest.raises(MediaError, match=r"2\.png: the picture is 9 x 8, the first one .* is 8 x 8"):
        list(open_source(tmp_path))


def test_a_damaged_picture_is_named(tmp_path: Path) -> None:
    write(tmp_path / "frames", 3)
    (tmp_path / "frames" / "000001.png").write_bytes(b"broken")
    with pytest.raises(MediaError, match=r"000001\.png"):
        list(open_source(tmp_path / "frames"))


def test_a_folder_in_use_is_not_mixed_with(tmp_path: Path) -> None:
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames" / "mine.txt").write_text("keep")
    with pytest.raises(MediaError, match="expected a new or empty folder"):
        write(tmp_path / "frames", 1)
    assert [path.name for path in tmp_path.iterdir()] == ["frames"]
    assert (tmp_path / "frames" / "mine.txt").read_text() == "keep"


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "frames").mkdir()
    write(tmp_path / "frames", 2)
    assert len(sequence_paths(tmp_path / "frames")) == 2


def test_an_aborted_sequence_leaves_nothing(tmp_path: Path) -> None:
    sink = open_sink(tmp_path / "frames", like=LIKE)
    sink.write(numbered_frames(1)[0])
    sink.abort()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.JPEG", "a.webp"])
def test_a_still_takes_one_frame(tmp_path: Path, name: str) -> None:
    frame = numbered_frames(1)[0]
    with open_sink(tmp_path / name, like=replace(LIKE, num_frames=1)) as sink:
        sink.write(frame)
    assert kind_of(tmp_path / name) == "still"
    (back,) = open_source(tmp_path / name)
    assert np.abs(back.image.astype(int) - frame.image).mean() < 4


def test_a_second_frame_does_not_fit_a_still(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="a picture holds one frame, here come more"):
        write(tmp_path / "a.png", 2)
    assert list(tmp_path.iterdir()) == []


def test_alpha_stays_in_png_and_meets_the_background_in_jpeg(tmp_path: Path) -> None:
    frame = replace(numbered_frames(1)[0], alpha=np.full((48, 64), 0, np.uint8))
    for name in ("a.png", "a.jpg"):
        with open_sink(tmp_path / name, like=LIKE) as sink:
            sink.write(frame)
    (png,) = open_source(tmp_path / "a.png")
    assert png.alpha is not None and (png.alpha == 0).all()
    assert np.array_equal(png.image, frame.image)
    (jpg,) = open_source(tmp_path / "a.jpg")
    assert (jpg.image > 250).all()


@pytest.mark.parametrize("name", ["a.xyz", "a.txt", "a.eps"])
def test_an_unknown_extension_is_refused_with_the_known_ones(tmp_path: Path, name: str) -> None:
    with pytest.raises(MediaError, match=r"expected an extension out of \.gif, \.jpeg, \.jpg, \.m4v, \.mkv"):
        open_sink(tmp_path / name, like=LIKE)
    assert list(tmp_path.iterdir()) == []
