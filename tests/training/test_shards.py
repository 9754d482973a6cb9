from pathlib import Path

import numpy as np
import pytest
from jaxtyping import Float
from numpy import ndarray
from safetensors.numpy import load_file, save_file

from liveportrait.training import shards
from liveportrait.training.labels import label_clip
from liveportrait.training.shard_writing import write_shard
from liveportrait.training.shards import Shard, ShardError, label_reader, open_shard, open_shards


def test_frames_come_back_one_by_one(drawn_folder: Path, drawn_shards: tuple[Shard, ...]) -> None:
    shard = drawn_shards[0]
    stored = load_file(shard.path)
    assert shard.num_frames == 13
    assert (shard.frame(5) == stored["frames"][5]).all()
    assert shard.origin["licence_as_stated"] == "MIT"


def test_frames_without_a_sure_face_are_passed_over(
    tmp_path: Path, drawn_shards: tuple[Shard, ...], head: Float[ndarray, "m 3"]
) -> None:
    stored = load_file(drawn_shards[0].path)
    presence, landmarks = np.ones(13, np.float32), stored["landmarks"].copy()
    presence[3], landmarks[7, 0, 0] = 0.2, np.nan
    path = tmp_path / "doubtful.safetensors"
    write_shard(path, frames=stored["frames"], landmarks=landmarks, presence=presence, metadata={})
    shard = open_shard(path, head)
    assert shard.read_labels(path).frame_numbers.tolist() == [0, 1, 2, 4, 5, 6, 8, 9, 10, 11, 12]
    assert shard.num_frames == len(shard.landmarks) == len(shard.labels.keypoints) == 11
    assert (shard.frame(3) == stored["frames"][4]).all()
    assert not shard.knows_rest, "eleven frames tell too little"


def test_opening_reads_no_landmarks(
    drawn_folder: Path, head: Float[ndarray, "m 3"], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would fill the memory of a machine with a thousand hours of video."""

    def forbidden(*_: object) -> None:
        raise AssertionError("nothing asked for labels")

    monkeypatch.setattr(shards, "_fit_landmarks", forbidden)
    opened = open_shards(drawn_folder, head)
    assert [(shard.num_frames, shard.size_px) for shard in opened] == [(13, 256)] * 3
    with pytest.raises(AssertionError, match="nothing asked"):
        _ = opened[0].labels


def test_labels_are_made_when_asked_for_and_the_last_ones_kept(
    drawn_shards: tuple[Shard, ...], head: Float[ndarray, "m 3"]
) -> None:
    first, second, third = (shard.path for shard in drawn_shards)
    read = label_reader(head, max_kept=2)
    kept = read(first)
    assert (kept.motion.keypoints == label_clip(load_file(first)["landmarks"], head).keypoints).all()
    assert read(second) is not kept and read(first) is kept
    read(third)
    assert read(first) is kept, "used after the second"
    read(second)
    read(third)
    assert read(first) is not kept


def test_clips_of_which_the_same_is_said_share_it(
    tmp_path: Path, drawn_shards: tuple[Shard, ...], head: Float[ndarray, "m 3"]
) -> None:
    stored = load_file(drawn_shards[0].path)
    for name, person in (("a", "1"), ("b", "1"), ("c", "2")):
        said = {"file": name, "person": person, "origin": "somewhere"}
        save_file(stored, tmp_path / f"{name}.safetensors", metadata=said)
    first, second, third = (shard.origin for shard in open_shards(tmp_path, head))
    assert first is second
    assert first == {"person": "1", "origin": "somewhere"}
    assert third == {"person": "2", "origin": "somewhere"}


def test_a_table_that_is_none_is_told_of(
    tmp_path: Path, drawn_shards: tuple[Shard, ...], head: Float[ndarray, "m 3"]
) -> None:
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "a.safetensors").write_bytes(drawn_shards[0].path.read_bytes())
    (tmp_path / "clips.csv").write_text("file,split\na.mp4,train\n")
    with pytest.raises(ShardError, match="no table of prepared clips"):
        open_shards(tmp_path / "train", head)
    (tmp_path / "clips.csv").write_text("file,shard\na.mp4,train/b.safetensors\n")
    with pytest.raises(ShardError, match="found none"):
        open_shards(tmp_path / "train", head)
    (tmp_path / "clips.csv").write_text("file,shard\na.mp4,train/a.safetensors\n")
    assert len(open_shards(tmp_path / "train", head)) == 1


def test_useless_and_damaged_shards_are_refused(
    tmp_path: Path, drawn_shards: tuple[Shard, ...], head: Float[ndarray, "m 3"]
) -> None:
    with pytest.raises(ShardError, match="found none"):
        open_shards(tmp_path, head)
    stored = load_file(drawn_shards[0].path)
    path = tmp_path / "unsure.safetensors"
    unsure = np.zeros(13, np.float32)
    write_shard(path, frames=stored["frames"], landmarks=stored["landmarks"], presence=unsure, metadata={})
    with pytest.raises(ShardError, match="no frame with a sure face"):
        open_shard(path, head)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ShardError, match="is not a prepared clip"):
        open_shard(path, head)
    save_file(stored | {"landmarks": stored["landmarks"][:5]}, path)
    with pytest.raises(ShardError, match=r"T being 13, found \(13, 256, 256, 3\) and \(5, 478, 3\)"):
        open_shard(path, head)
    save_file(stored | {"landmarks": np.full_like(stored["landmarks"], np.nan)}, path)
    with pytest.raises(ShardError, match=r"unsure\.safetensors: landmarks of a sure face are no numbers"):
        _ = open_shard(path, head).labels
