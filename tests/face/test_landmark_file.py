"""Landmarks by hand: what is read, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from liveportrait.errors import SettingError
from liveportrait.face.landmark_file import load_hand_face

POINTS = [[10, 20], [30, 20.5], [20, 30], [12, 40], [28, 40]]


@pytest.mark.parametrize(
    "text",
    [str(POINTS), "\n".join(f"{x} {y}" for x, y in POINTS), "\n\n".join(f"{x}, {y}" for x, y in POINTS)],
    ids=["json", "lines", "commas"],
)
def test_the_ways_to_write_landmarks(text: str, tmp_path: Path) -> None:
    file = tmp_path / "points of a face.txt"
    file.write_text(text)
    face = load_hand_face(file)
    np.testing.assert_array_equal(face.landmarks, np.array(POINTS, np.float32))


@pytest.mark.parametrize(
    "text",
    ["", "[]", "a b", "1 2\n3", "[[1, 2, 3]]", "[1, 2", '[{"x": 1}]', "nan 1\n" * 5, "1 2\n3 4", "[[1, 2]"],
)
def test_what_is_no_face_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "points.txt"
    file.write_text(text)
    with pytest.raises(SettingError, match="Expected"):
        load_hand_face(file)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"none\.txt"):
        load_hand_face(tmp_path / "none.txt")


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / "points.bin"
    file.write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(SettingError, match="Expected"):
        load_hand_face(file)
