from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from liveportrait.animation.contact_sheet import ContactSheet
from liveportrait.animation.files import Moment
from liveportrait.errors import SettingError
from liveportrait.media.contact_sheet import CELL_HEIGHT_PX, GAP_PX, LABEL_PX, MARGIN_PX
from liveportrait.media.mark_reading import read_generated_mark
from liveportrait.media.protocol import Frame
from tests.portraits import frames_of

EVERYTHING = np.array([0, 0, 20, 20], np.float32)


def grey(level: int, *, width: int = 20) -> np.ndarray:
    return np.full((20, width, 3), level, np.uint8)


def sheet_of(num_frames: int, path: Path, *, with_driving: bool = True) -> np.ndarray:
    sheet = ContactSheet(num_columns=3)
    for index in range(num_frames):
        frame = Frame(image=grey(index), index=index, pts_seconds=Fraction(index, 25))
        driving = grey(100 + index, width=30) if with_driving else None
        sheet.see(Moment(frame, grey(200), driving, EVERYTHING), num_frames=num_frames)
    sheet.save(path)
    return frames_of(path)[0].image


def level_at(sheet: np.ndarray, line: int, column: int) -> int:
    """The middle of a cell; cells are as wide as the widest picture, here 3:2."""
    width = CELL_HEIGHT_PX * 3 // 2
    y = MARGIN_PX + line * (CELL_HEIGHT_PX + GAP_PX) + CELL_HEIGHT_PX // 2
    x = MARGIN_PX + LABEL_PX + column * (width + GAP_PX) + width // 2
    return int(sheet[y, x, 0])


def test_first_middle_and_last_moment_stand_in_rows(tmp_path: Path) -> None:
    sheet = sheet_of(21, tmp_path / "sheet.png")
    found = [[level_at(sheet, line, column) for column in range(3)] for line in range(3)]
    assert found == [[200, 200, 200], [100, 110, 120], [0, 10, 20]]


def test_of_a_large_scene_the_face_is_shown(tmp_path: Path) -> None:
    scene = np.zeros((400, 600, 3), np.uint8)
    scene[100:200, 300:400] = 255
    frame = Frame(image=scene, index=0, pts_seconds=Fraction(0))
    sheet = ContactSheet(num_columns=1)
    sheet.see(Moment(frame, scene, None, np.array([300, 100, 400, 200], np.float32)), num_frames=1)
    sheet.save(tmp_path / "sheet.png")
    page = frames_of(tmp_path / "sheet.png")[0].image
    cells = page[MARGIN_PX : MARGIN_PX + CELL_HEIGHT_PX, MARGIN_PX + LABEL_PX : -MARGIN_PX]
    assert 0.6 < (cells > 128).mean() < 0.8


def test_fewer_frames_than_columns(tmp_path: Path) -> None:
    assert sheet_of(1, tmp_path / "one.png").shape[1] < sheet_of(3, tmp_path / "three.png").shape[1]


def test_a_template_has_no_pictures_to_show(tmp_path: Path) -> None:
    with_driving = sheet_of(5, tmp_path / "a.png")
    without = sheet_of(5, tmp_path / "b.png", with_driving=False)
    assert len(with_driving) - len(without) == CELL_HEIGHT_PX + GAP_PX


def test_the_sheet_says_that_it_is_generated(tmp_path: Path) -> None:
    sheet_of(3, tmp_path / "sheet.png")
    assert read_generated_mark(tmp_path / "sheet.png") is not None


def test_a_sheet_has_columns() -> None:
    with pytest.raises(SettingError):
        ContactSheet(num_columns=0)


def test_colours_that_nobody_sees_are_not_shown(tmp_path: Path) -> None:
    nothing = np.zeros((20, 20), np.uint8)
    frame = Frame(image=grey(90), alpha=nothing, index=0, pts_seconds=Fraction(0))
    sheet = ContactSheet(num_columns=1)
    sheet.see(Moment(frame, grey(200), None, EVERYTHING), num_frames=1)
    sheet.save(tmp_path / "sheet.png")
    assert 90 not in frames_of(tmp_path / "sheet.png")[0].image[:, MARGIN_PX + LABEL_PX :]
