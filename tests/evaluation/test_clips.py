from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveportrait.arrays import FrameRGB
from liveportrait.errors import MediaError
from liveportrait.evaluation.clips import FRAME_PX, digest_of, evenly, find_clips, find_pictures, read_clip
from liveportrait.media.opening import open_sink
from liveportrait.media.protocol import Frame, VideoInfo
from tests.evaluation.drawn_faces import DrawnFace, DrawnFaceFinder


def write_gif(path: Path, frames: list[FrameRGB]) -> Path:
    """Exact for few colours."""
    info = VideoInfo(
        size_wh=(frames[0].shape[1], frames[0].shape[0]), fps=Fraction(10), num_frames=len(frames)
    )
    with open_sink(path, like=info) as sink:
        for index, image in enumerate(frames):
            sink.write(Frame(image=image, index=index, pts_seconds=Fraction(index, 10)))
    return path


@given(length=st.integers(1, 500), most=st.integers(1, 100))
def test_evenly_spread_places(length: int, most: int) -> None:
    places = evenly(length, most=most)
    assert len(places) == min(length, most)
    assert places[0] == 0 and (len(places) == 1 or places[-1] == length - 1)
    steps = np.diff(places)
    assert len(places) < 2 or (steps.min() >= 1 and steps.max() - steps.min() <= 1)


def test_all_places_without_a_limit_and_none_of_nothing() -> None:
    assert evenly(4, most=None) == [0, 1, 2, 3]
    assert evenly(0, most=3) == []


def test_a_manifest_chooses_by_split(tmp_path: Path) -> None:
    rows = "file,split\nclips/b.mp4,val\nclips/a.mp4,val\nclips/c.mp4,train\nstills/d.png,val\n"
    (tmp_path / "manifest.csv").write_text(rows, encoding="utf-8-sig")  # as spreadsheets write it
    for name in ("clips/a.mp4", "clips/b.mp4", "clips/c.mp4", "stills/d.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [path.name for path in find_clips(tmp_path)] == ["a.mp4", "b.mp4"]
    assert [path.name for path in find_clips(tmp_path, split="train")] == ["c.mp4"]
    assert find_pictures(tmp_path) == [tmp_path / "stills/d.png"]


def test_a_folder_without_a_manifest_is_taken_by_extension(tmp_path: Path) -> None:
    for name in ("z.mp4", "a.MOV", "note.txt", "p.jpg"):
        (tmp_path / name).touch()
    assert [path.name for path in find_clips(tmp_path)] == ["a.MOV", "z.mp4"]
    assert [path.name for path in find_clips(tmp_path, most=1)] == ["a.MOV"]


def test_an_empty_choice_and_a_strange_manifest_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="found none"):
        find_clips(tmp_path)
    (tmp_path / "manifest.csv").write_text("name,part\na.mp4,val\n")
    with pytest.raises(MediaError, match="expected the columns file and split; got name, part"):
        find_clips(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "expected the columns file and split; got none"),
        (b"\xff\xfe\x00a", "cannot be read as a CSV of clips"),
        (b"file,split\n", "found none"),
        (b"file,split\ngone.mp4,val\n", r"1 of the 1 files .* are not there \(gone.mp4\)"),
        (b"file,split\nshort.mp4\n", "found none"),
    ],
)
def test_a_faulty_manifest_is_told_before_the_work(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "manifest.csv").write_bytes(content)
    with pytest.raises(MediaError, match=message):
        find_clips(tmp_path)


def test_a_clip_of_one_frame_is_read_and_a_broken_one_is_not(tmp_path: Path) -> None:
    one = write_gif(tmp_path / "one.gif", [DrawnFace().draw()])
    assert len(read_clip(one, DrawnFaceFinder(), most_frames=5)) == 1
    for content in (b"", b"not a video", one.read_bytes()[:60]):
        broken = tmp_path / "broken.mp4"
        broken.write_bytes(content)
        with pytest.raises(MediaError, match=r"broken\.mp4"):
            read_clip(broken, DrawnFaceFinder())


def test_frames_are_brought_to_one_size(tmp_path: Path) -> None:
    frames = [DrawnFace(mouth_px=opening).draw() for opening in (0, 5, 9, 5)]
    whole = write_gif(tmp_path / "whole.gif", frames)
    large = write_gif(tmp_path / "large.gif", [cv2.resize(frame, (512, 512)) for frame in frames])
    wide = write_gif(tmp_path / "wide.gif", [np.pad(frame, ((0, 0), (40, 90), (0, 0))) for frame in frames])
    for path in (whole, large, wide):
        read = read_clip(path, DrawnFaceFinder(), most_frames=3)
        assert [frame.shape for frame in read] == [(FRAME_PX, FRAME_PX, 3)] * 3
    exact = read_clip(whole, DrawnFaceFinder())
    assert all((found == frame).all() for found, frame in zip(exact, frames, strict=True))


def test_a_wide_clip_without_a_face_says_so(tmp_path: Path) -> None:
    path = write_gif(tmp_path / "empty.gif", [np.zeros((100, 160, 3), np.uint8)] * 2)
    with pytest.raises(MediaError, match=r"empty\.gif: its first frame shows no face"):
        read_clip(path, DrawnFaceFinder())


def test_a_digest_is_that_of_names_and_contents(tmp_path: Path) -> None:
    files = [tmp_path / "a", tmp_path / "b"]
    for path in files:
        path.write_text(path.name)
    digest = digest_of(files)
    assert digest_of(files[::-1]) == digest
    files[0].write_text("other")
    assert digest_of(files) != digest
