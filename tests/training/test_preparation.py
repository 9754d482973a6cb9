import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from jaxtyping import Float
from numpy import ndarray
from safetensors.numpy import load_file

from liveportrait.arrays import FrameRGB
from liveportrait.face.loading import load_face_landmarker
from liveportrait.training.clip_filters import FilterConfig
from liveportrait.training.clip_preparation import ClipConfig
from liveportrait.training.drawn_faces import DrawnFace, draw_face, draw_person, drawn_landmarks
from liveportrait.training.face_segments import SegmentConfig
from liveportrait.training.preparation import PreparationConfig, prepare
from liveportrait.training.shard_writing import write_shard
from liveportrait.training.shards import Shard, ShardError, open_shards
from tests.training.scripted_faces import ScriptedAnalyzer, face_at

ALL = ClipConfig(
    segments=SegmentConfig(frame_stride=1),
    filters=FilterConfig(min_frames=2, min_movement=0.0, min_sharpness=0.0, min_face_px=20.0),
)


def scripted() -> ScriptedAnalyzer:
    """Sees the same face wherever the corner is dark, as in the frames of these tests."""
    return ScriptedAnalyzer([face_at(160, 120)] * 60)


def write_still(path: Path, frame: FrameRGB) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), frame[..., ::-1])


def plain(value: int = 20, *, size_wh: tuple[int, int] = (320, 240)) -> FrameRGB:
    return np.full((size_wh[1], size_wh[0], 3), value, np.uint8)


def rows_of(out: Path) -> list[dict[str, str]]:
    with (out / "clips.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def config_for(tmp_path: Path, **changes: Any) -> PreparationConfig:
    config = PreparationConfig(inputs=(tmp_path / "in",), out=tmp_path / "out", clip=ALL)
    return replace(config, **changes)


def test_a_still_becomes_a_shard_that_training_opens(tmp_path: Path, head: Float[ndarray, "m 3"]) -> None:
    """The landmarks found in a drawn face lie where it was drawn, in the shard's coordinates."""
    rng = np.random.default_rng(3)
    person = draw_person(rng, size_px=512)
    face = DrawnFace(yaw_deg=8.0, pitch_deg=3.0, roll_deg=4.0, lips_open=0.4, eyes_open=1.0, scale=1.0)
    frame = draw_face(drawn_landmarks(face, person, head), person)
    wide = np.pad(frame, ((0, 0), (0, 300), (0, 0)), mode="edge")
    write_still(tmp_path / "in" / "one.png", wide)
    summary = prepare(config_for(tmp_path), make_analyzer=load_face_landmarker)
    assert (summary.num_shards, summary.num_frames) == (1, 1)
    (shard,) = open_shards(tmp_path / "out" / "train", head)
    assert shard.frame(0).shape == (256, 256, 3)
    tensors = load_file(shard.path)
    assert tensors["landmarks"].dtype == np.float32
    # Eye corners are dark spots' ends in the picture; here the oval's colour tells the face from the wall.
    inside = (tensors["landmarks"][0, 152, :2] + 1) / 2 * 256
    column, row = int(inside[0]), int(inside[1])
    skin = np.array(person.skin)
    above, below = shard.frame(0)[row - 8, column], shard.frame(0)[row + 12, column]
    assert np.abs(above - skin).max() < 40 < np.abs(below.astype(int) - skin).max()


def test_what_was_done_is_not_done_again(tmp_path: Path) -> None:
    for number in range(3):
        write_still(tmp_path / "in" / f"{number}.png", plain(number))
    config = config_for(tmp_path)
    assert prepare(config, make_analyzer=scripted).num_done_before == 0
    shards = sorted((tmp_path / "out" / "train").iterdir())
    before = [shard.stat().st_mtime_ns for shard in shards]
    again = prepare(config, make_analyzer=_forbidden)
    assert (again.num_files, again.num_shards, again.num_done_before) == (3, 3, 3)
    assert [shard.stat().st_mtime_ns for shard in shards] == before

    shards[0].unlink()
    write_still(tmp_path / "in" / "1.png", plain(9))
    assert prepare(config, make_analyzer=scripted).num_done_before == 1
    assert len(list((tmp_path / "out" / "train").iterdir())) == 3


def test_what_a_killed_run_left_without_a_record_is_made_anew(tmp_path: Path) -> None:
    """A half-done file's shards go, also one that the next run would not write over, in whatever split."""
    for name in ("done", "killed"):
        write_still(tmp_path / "in" / f"{name}.png", plain())
    prepare(config_for(tmp_path), make_analyzer=scripted)
    out = tmp_path / "out"
    (record,) = (out / "records").glob("in-killed*")
    record.unlink()
    (left,) = (out / "train").glob("in-killed*")
    (kept,) = (out / "train").glob("in-done*")
    left.write_bytes(b"of before")
    (out / "val").mkdir()
    orphan = out / "val" / f"{left.stem.rpartition('-')[0]}-000099.safetensors"
    orphan.write_bytes(b"of before")
    summary = prepare(config_for(tmp_path), make_analyzer=scripted)
    assert (summary.num_done_before, summary.num_shards) == (1, 2)
    assert not orphan.exists()
    again, other = load_file(left), load_file(kept)
    assert all((again[name] == other[name]).all() for name in other), "the stills are alike"
    assert sorted(row["shard"] for row in rows_of(out)) == sorted(
        f"train/{path.name}" for path in (left, kept)
    )


def test_a_changed_setting_or_record_makes_the_work_be_done_again(tmp_path: Path) -> None:
    write_still(tmp_path / "in" / "a.png", plain())
    config = config_for(tmp_path)
    prepare(config, make_analyzer=scripted)
    (record,) = (tmp_path / "out" / "records").iterdir()
    record.write_text("{not json")
    assert prepare(config, make_analyzer=scripted).num_done_before == 0
    stricter = replace(config, clip=replace(ALL, filters=replace(ALL.filters, min_face_px=500.0)))
    summary = prepare(stricter, make_analyzer=scripted)
    assert summary.drops_by_reason == {"small_face": 1}
    assert not list((tmp_path / "out" / "train").iterdir()), "the shard of the old settings is gone"


def test_a_clip_that_was_withdrawn_is_not_learnt_from(
    tmp_path: Path, head: Float[ndarray, "m 3"], caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("stays", "withdrawn"):
        write_still(tmp_path / "in" / f"{name}.png", plain())
    prepare(config_for(tmp_path), make_analyzer=scripted)
    train = tmp_path / "out" / "train"
    assert len(open_shards_of(train)) == 2
    assert not caplog.records
    (tmp_path / "in" / "withdrawn.png").unlink()
    assert prepare(config_for(tmp_path), make_analyzer=_forbidden).num_shards == 1
    (shard,) = open_shards_of(train)
    assert shard.path.name.startswith("in-stays-png")
    assert "1 shards are passed over" in caplog.text and "withdrawn" in caplog.text


def test_the_folder_is_searched_once_for_leftovers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search for each file takes hours over a million."""
    for number in range(3):
        write_still(tmp_path / "in" / f"{number}.png", plain(number))
    searched: list[str] = []
    glob = Path.glob

    def counted(folder: Path, pattern: str) -> Iterator[Path]:
        searched.append(pattern)
        return glob(folder, pattern)

    monkeypatch.setattr(Path, "glob", counted)
    prepare(config_for(tmp_path), make_analyzer=scripted)
    assert len(searched) == 1


def test_failures_are_rows_and_stop_nothing(tmp_path: Path) -> None:
    write_still(tmp_path / "in" / "good.png", plain())
    write_still(tmp_path / "in" / "nobody.png", plain(255))
    (tmp_path / "in" / "broken.mp4").write_bytes(b"\x00" * 500)
    (tmp_path / "in" / "empty.jpg").write_bytes(b"")
    summary = prepare(config_for(tmp_path), make_analyzer=scripted)
    assert summary.drops_by_reason == {"unreadable": 2, "no_face": 1}
    rows = {row["file"]: row for row in rows_of(tmp_path / "out")}
    assert rows["in/broken.mp4"]["dropped"] == "unreadable"
    assert "broken.mp4" in rows["in/broken.mp4"]["detail"]
    assert rows["in/nobody.png"]["dropped"] == "no_face"
    assert rows["in/good.png"]["shard"].startswith("train/")


def test_origin_and_licence_are_in_every_shard_or_marked_unknown(tmp_path: Path) -> None:
    write_still(tmp_path / "in" / "known.png", plain())
    write_still(tmp_path / "in" / "unknown.png", plain(1))
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("file,split,person,origin,licence_as_stated\nin/known.png,val,7,a museum,CC0-1.0\n")
    config = config_for(tmp_path, manifest=manifest)
    assert prepare(config, make_analyzer=scripted).num_unknown_origin == 1
    (known,) = open_shards_of(tmp_path / "out" / "val")
    assert known.origin["licence_as_stated"] == "CC0-1.0"
    assert known.origin["person"] == "7"
    (unknown,) = open_shards_of(tmp_path / "out" / "train")
    assert unknown.origin["licence_as_stated"] == "unknown"

    strict = replace(config, clip=replace(ALL, unknown_origin="refuse"), out=tmp_path / "strict")
    summary = prepare(strict, make_analyzer=scripted)
    assert summary.drops_by_reason == {"unknown_origin": 1}
    assert summary.num_shards == 1


def test_processes_write_what_one_writes(tmp_path: Path) -> None:
    for number in range(3):
        write_still(tmp_path / "in" / f"{number}.png", plain(number))
    alone = prepare(config_for(tmp_path), make_analyzer=scripted)
    together = prepare(config_for(tmp_path, out=tmp_path / "two", num_processes=2), make_analyzer=scripted)
    assert alone == together
    names = [path.name for path in sorted((tmp_path / "out" / "train").iterdir())]
    assert names == [path.name for path in sorted((tmp_path / "two" / "train").iterdir())]
    for name in names:
        first, second = (load_file(tmp_path / out / "train" / name) for out in ("out", "two"))
        assert all((first[key] == second[key]).all() for key in first)


def test_the_work_is_reported(tmp_path: Path) -> None:
    for number in range(2):
        write_still(tmp_path / "in" / f"{number}.png", plain(number))
    calls: list[tuple[int, int | None]] = []

    def progress(done: int, total: int | None) -> None:
        calls.append((done, total))

    prepare(config_for(tmp_path), make_analyzer=scripted, progress=progress)
    assert calls == [(0, 2), (1, 2), (2, 2)]


def test_a_shard_appears_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path, _target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(ShardError, match="no space left"):
        write_shard(
            tmp_path / "a.safetensors",
            frames=np.zeros((1, 8, 8, 3), np.uint8),
            landmarks=np.zeros((1, 478, 3), np.float32),
            presence=np.ones(1, np.float32),
            metadata={},
        )
    assert not list(tmp_path.iterdir())


def open_shards_of(folder: Path) -> Sequence[Shard]:
    points = np.random.default_rng(0).normal(size=(468, 3))
    return open_shards(folder, points)


def _forbidden() -> ScriptedAnalyzer:
    raise AssertionError("nothing is left to be looked at")
