"""liveportrait train."""

import csv
from pathlib import Path

import pytest

from liveportrait.checkpoints.bundled import bundled_weights_dir
from liveportrait.training.drawn_faces import DrawnFacesConfig, write_drawn_clips
from liveportrait.training.shards import load_reference_head
from tests.cli.conftest import Run
from tests.portraits import wall, write_picture

ONE_STEP = (
    *("--recipe.motion.schedule.num-steps", "1"),
    *("--recipe.motion.schedule.batch-size", "1"),
    *("--recipe.motion.probe-batches", "0"),
)


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    head = load_reference_head(bundled_weights_dir() / "face" / "canonical_face.safetensors")
    write_drawn_clips(tmp_path / "drawn", head, DrawnFacesConfig(num_clips=1, frames_per_clip=4), seed=0)
    return tmp_path / "drawn"


def test_a_recipe_runs_goes_on_and_is_exported(run: Run, drawn: Path, tmp_path: Path) -> None:
    words = ("tiny", "--stage", "motion", "--data", drawn, "--out", tmp_path / "run", *ONE_STEP)
    said = run("train", "run", *words)
    assert said.code == 0, said
    assert "stage motion: step 1, done" in said.out
    again = run("train", "run", "--json", *words)
    assert again.facts["motion"]["ended"] == "done"

    said = run("train", "export", tmp_path / "run" / "motion", "-o", tmp_path / "model")
    assert said.code == 0, said
    assert "MIT (commercial use allowed)" in said.out
    assert (tmp_path / "model" / "networks.safetensors").is_file()


def test_what_is_missing_is_said_in_one_line(run: Run, tmp_path: Path) -> None:
    said = run("train", "run", "mini", "--out", tmp_path)
    assert said.code == 1
    assert "this recipe needs data" in said.err
    said = run("train", "export", tmp_path / "nowhere.safetensors", "-o", tmp_path)
    assert said.code == 1
    assert "nowhere.safetensors" in said.err
    assert run("train", "run", "maxi").code == 2


def test_pictures_without_a_face_are_told_of(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write_picture(tmp_path / "in" / "wall.png", wall())
    said = run("train", "prepare", "--inputs", tmp_path / "in", "--out", tmp_path / "out")
    assert said.code == 1
    assert "left out: no face 1" in said.out
    with (tmp_path / "out" / "clips.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["dropped"], row["licence_as_stated"]) == ("no_face", "unknown")
