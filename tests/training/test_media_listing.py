from pathlib import Path

import pytest

from liveportrait.training.media_listing import list_clips
from liveportrait.training.shards import ShardError


def touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")


def test_media_are_found_in_depth_and_called_by_their_path(tmp_path: Path) -> None:
    for name in ("clips/b.mp4", "clips/deep/a.JPG", "clips/notes.txt", "clips/.hidden.csv"):
        touch(tmp_path / name)
    clips = list_clips([tmp_path / "clips"], None)
    assert [clip.origin.file for clip in clips] == ["clips/b.mp4", "clips/deep/a.JPG"]


def test_the_manifest_names_files_from_its_own_folder(tmp_path: Path) -> None:
    touch(tmp_path / "clips/a.mp4")
    (tmp_path / "manifest.csv").write_text("file,origin,licence_as_stated\nclips/a.mp4,here,MIT\n")
    (clip,) = list_clips([tmp_path / "clips"], tmp_path / "manifest.csv")
    assert clip.origin.licence_as_stated == "MIT"


def test_names_differ_where_paths_do(tmp_path: Path) -> None:
    for name in ("a/b.mp4", "a-b.mp4", "a b.mp4", "a/b.jpg"):
        touch(tmp_path / "in" / name)
    names = {clip.name for clip in list_clips([tmp_path / "in"], None)}
    assert len(names) == 4
    assert all("/" not in name and ".." not in name for name in names)


def test_a_file_named_twice_is_prepared_once(tmp_path: Path) -> None:
    touch(tmp_path / "a.mp4")
    assert len(list_clips([tmp_path, tmp_path / "a.mp4"], None)) == 1


def test_nothing_to_prepare_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ShardError, match="found no clip"):
        list_clips([tmp_path], None)
    with pytest.raises(ShardError, match="no such folder"):
        list_clips([tmp_path / "missing"], None)
