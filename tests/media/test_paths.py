"""Whatever a user names, each reader answers with a `MediaError` that names it."""

import os
from pathlib import Path

import pytest

from liveportrait.errors import MediaError
from liveportrait.media.kinds import kind_of
from liveportrait.media.opening import open_source
from liveportrait.media.video_reader import VideoSource
from tests.media.clips import Clip


@pytest.mark.parametrize("read", [open_source, kind_of, VideoSource])
class TestUnreadablePaths:
    def test_missing(self, tmp_path: Path, read: type) -> None:
        with pytest.raises(MediaError, match=r"nowhere\.mp4: there is no such file"):
            read(tmp_path / "nowhere.mp4")

    def test_empty(self, tmp_path: Path, read: type) -> None:
        (tmp_path / "a.mp4").touch()
        with pytest.raises(MediaError, match=r"a\.mp4: the file is empty"):
            read(tmp_path / "a.mp4")

    def test_device(self, tmp_path: Path, read: type) -> None:
        os.mkfifo(tmp_path / "pipe.mp4")
        with pytest.raises(MediaError, match="expected a file, found a folder or a device"):
            read(tmp_path / "pipe.mp4")

    def test_without_permission(self, tmp_path: Path, read: type, monkeypatch: pytest.MonkeyPatch) -> None:
        path = Clip().write(tmp_path / "a.mp4")

        def refuse(self: Path, mode: str = "r") -> None:
            raise PermissionError(13, "Permission denied", str(self))

        monkeypatch.setattr(Path, "open", refuse)
        with pytest.raises(MediaError, match=r"a\.mp4: the file cannot be read.*Permission denied"):
            read(path)

    @pytest.mark.parametrize("name", ["x" * 300, "a\0b"])
    def test_impossible_names(self, tmp_path: Path, read: type, name: str) -> None:
        with pytest.raises(MediaError):
            read(tmp_path / name)

    @pytest.mark.parametrize("content", [b"hello", bytes(1000), b"%PDF-1.7"])
    def test_other_content(self, tmp_path: Path, read: type, content: bytes) -> None:
        (tmp_path / "a.mp4").write_bytes(content)
        with pytest.raises(MediaError, match=r"a\.mp4: this is no"):
            read(tmp_path / "a.mp4")


def test_a_folder_without_pictures_is_no_source(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"expected pictures \(\.bmp, \.jpeg.*found none there"):
        open_source(tmp_path)


@pytest.mark.parametrize("name", ["a.mp4", "a.jpg", "a", "a%d.mp4", "a*.mp4"])
def test_a_video_is_one_by_its_content(tmp_path: Path, name: str) -> None:
    assert kind_of(Clip().write(tmp_path / "x.mp4").rename(tmp_path / name)) == "video"
