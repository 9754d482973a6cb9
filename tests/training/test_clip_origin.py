from pathlib import Path

import pytest

from liveportrait.training.clip_origin import ClipOrigin, origin_of, read_clip_manifest
from liveportrait.training.shards import ShardError

HEADER = "file,split,person,kind,origin,licence_as_stated,frames\n"


def manifest(folder: Path, content: str) -> Path:
    path = folder / "manifest.csv"
    path.write_text(content)
    return path


def test_rows_are_kept_by_file_and_gaps_are_unknown(tmp_path: Path) -> None:
    path = manifest(tmp_path, HEADER + "a.mp4,val,7,real,somewhere,MIT,500\nb.jpg,,,,,,\n")
    found = read_clip_manifest(path)
    assert found["a.mp4"] == ClipOrigin(
        file="a.mp4", split="val", person="7", kind="real", origin="somewhere", licence_as_stated="MIT"
    )
    assert found["a.mp4"].is_known
    assert found["b.jpg"] == ClipOrigin(file="b.jpg")
    assert not found["b.jpg"].is_known
    assert origin_of("c.mp4", found) == ClipOrigin(file="c.mp4")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("name,split\na,train\n", "a column `file`"),
        ("", "a column `file`"),
        (HEADER + "a.mp4,test,1,,,,\n", "expected train or val"),
        (HEADER + ",train,1,,,,\n", "a row without a file"),
        (HEADER + "a.mp4,train,1,,,,\na.mp4,train,1,,,,\n", "names a file twice"),
        (HEADER + "a.mp4,train,1,,,,\nb.mp4,val,1,,,,\n", "people in both splits: 1"),
    ],
)
def test_faulty_manifests_are_refused(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(ShardError, match=message):
        read_clip_manifest(manifest(tmp_path, content))


def test_unknown_people_may_be_in_both_splits(tmp_path: Path) -> None:
    path = manifest(tmp_path, HEADER + "a.mp4,train,,,,,\nb.mp4,val,,,,,\n")
    assert len(read_clip_manifest(path)) == 2


@pytest.mark.parametrize("content", [b"\xff\xfe\x00broken", b"file\n\x00\xc3\x28\n"])
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "manifest.csv"
    path.write_bytes(content)
    with pytest.raises(ShardError, match="manifest"):
        read_clip_manifest(path)
