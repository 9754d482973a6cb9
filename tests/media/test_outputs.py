"""No command writes over what it reads, nor one result over another."""

import os
from pathlib import Path

import pytest

from liveportrait.errors import SettingError
from liveportrait.media.outputs import check_outputs
from tests.portraits import portrait, write_picture


def test_files_that_are_apart_may_be_written(tmp_path: Path) -> None:
    source = write_picture(tmp_path / "a.png", portrait())
    check_outputs([tmp_path / "b.png", tmp_path / "c.json"], inputs=[source, Path("no such file")])


@pytest.mark.parametrize("name", ["a.png", "sub/../a.png", "link.png", "hard.png", "linked/a.png"])
def test_a_file_that_is_read_is_not_written_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    source = write_picture(tmp_path / "a.png", portrait())
    (tmp_path / "sub").mkdir()
    (tmp_path / "link.png").symlink_to(source)
    (tmp_path / "linked").symlink_to(tmp_path)
    os.link(source, tmp_path / "hard.png")
    with pytest.raises(SettingError, match="read as well as written"):
        check_outputs([tmp_path / name], inputs=[source])


@pytest.mark.parametrize("source", [".", "%03d.png", "*.png"])
def test_a_folder_and_a_pattern_stand_for_their_pictures(tmp_path: Path, source: str) -> None:
    picture = write_picture(tmp_path / "001.png", portrait())
    with pytest.raises(SettingError, match="read as well as written"):
        check_outputs([picture], inputs=[tmp_path / source])
    check_outputs([tmp_path / "new.png"], inputs=[tmp_path / source])


def test_results_do_not_stand_in_each_others_place(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="written twice"):
        check_outputs([tmp_path / "a.png", tmp_path / "sub" / ".." / "a.png"], inputs=[])


def test_names_that_no_file_can_have_are_left_to_who_opens_them(tmp_path: Path) -> None:
    check_outputs([Path("a\0b.png"), Path("n" * 5000)], inputs=[Path("c\0d.png"), Path("m" * 5000)])
