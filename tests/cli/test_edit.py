"""liveportrait edit."""

from pathlib import Path

import numpy as np
import pytest

from liveportrait.motion.edit import Edit
from liveportrait.motion.edit_file import load_edit, save_edit
from tests.cli.conftest import PLAIN, Run
from tests.portraits import frames_of, portrait, two_people, write_picture


@pytest.fixture
def edit(run: Run, tiny_model: Path) -> Run:
    return lambda *words: run("edit", "--model", tiny_model, *PLAIN, *words)


def test_sliders_change_the_picture(edit: Run, picture: Path, tmp_path: Path) -> None:
    assert edit("-s", picture, "-o", tmp_path / "plain.png").code == 0
    assert edit("-s", picture, "-o", tmp_path / "out.png", "--smile", "0.5", "--yaw-deg", "-10").code == 0
    plain, edited = (frames_of(tmp_path / name)[0].image for name in ("plain.png", "out.png"))
    assert edited.shape == portrait().shape
    assert not np.array_equal(edited, plain)


def test_an_edit_is_saved_and_added_to(edit: Run, picture: Path, tmp_path: Path) -> None:
    file = tmp_path / "edit.json"
    assert edit("-s", picture, "--smile", "0.5", "--save-edit", file).code == 0
    assert load_edit(file) == Edit(smile=0.5)
    both = tmp_path / "both.json"
    words = ["--edit", file, "--smile", "0.25", "--blink", "1", "--save-edit", both]
    said = edit("-s", picture, "-o", tmp_path / "out.png", *words, "--json")
    assert load_edit(both) == Edit(smile=0.75, blink=1.0)
    assert said.facts == {
        "state": "done",
        "output": str(tmp_path / "out.png"),
        "saved_edit": str(both),
    }


def test_the_same_edit_from_a_file_and_from_sliders(edit: Run, picture: Path, tmp_path: Path) -> None:
    save_edit(Edit(smile=0.5, pitch_deg=5.0), tmp_path / "edit.json")
    edit("-s", picture, "-o", tmp_path / "a.png", "--edit", tmp_path / "edit.json")
    edit("-s", picture, "-o", tmp_path / "b.png", "--smile", "0.5", "--pitch-deg", "5")
    first, second = (frames_of(tmp_path / name)[0].image for name in ("a.png", "b.png"))
    assert np.array_equal(first, second)


def test_one_face_all_faces_or_the_crop(edit: Run, tmp_path: Path) -> None:
    pair = write_picture(tmp_path / "pair.png", two_people())
    changed = {}
    for face in ("left", "right", "all"):
        assert edit("-s", pair, "-o", tmp_path / f"{face}.png", "--face", face, "--smile", "1").code == 0
        moved = np.abs(frames_of(tmp_path / f"{face}.png")[0].image.astype(int) - two_people()).mean(axis=2)
        changed[face] = moved[:, :120].mean() > 1, moved[:, 180:].mean() > 1
    assert changed == {"left": (True, False), "right": (False, True), "all": (True, True)}
    assert edit("-s", pair, "-o", tmp_path / "crop.png", "--no-paste-back").code == 0
    assert frames_of(tmp_path / "crop.png")[0].image.shape == (256, 256, 3)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "Nothing would be written"),
        (("-o", "out.png", "--smile", "2"), "smile"),
        (("-o", "out.png", "--purse", "1"), "purse"),
        (("-o", "out.png", "--edit", "missing.json"), "missing.json"),
        (("-o", "crop.png", "--face", "all", "--no-paste-back", "-s", "PAIR"), "one face"),
        (("-o", "out.png", "-s", "CLIP"), "moves"),
    ],
)
def test_faults_are_told(
    edit: Run,
    picture: Path,
    clip: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    pair = write_picture(tmp_path / "pair.png", two_people())
    filled = [word.replace("PAIR", str(pair)).replace("CLIP", str(clip)) for word in words]
    source = [] if "-s" in filled else ["-s", str(picture)]
    said = edit(*source, *filled)
    assert said.code in (1, 2)
    assert message in said.err
    assert [path.name for path in tmp_path.iterdir()] == ["pair.png"]


@pytest.mark.parametrize(
    "words",
    [
        ("-s", "in.png", "-o", "out.png", "--save-edit", "in.png"),
        ("-s", "in.png", "-o", "out.png", "--save-edit", "out.png"),
        ("-s", "in.png", "-o", "in.png"),
        ("-s", "in.png", "--save-edit", "points.txt", "--landmarks", "points.txt"),
    ],
)
def test_no_file_that_is_read_is_lost_and_no_result_lies_over_another(
    edit: Run, picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.png").write_bytes(picture.read_bytes())
    Path("points.txt").write_text("1 2")
    said = edit(*words, "--smile", "0.3", "--existing", "overwrite")
    assert said.code == 1
    assert "written" in said.err
    assert Path("in.png").read_bytes() == picture.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.png", "points.txt"]


def test_an_edit_may_be_added_to_in_its_file(edit: Run, picture: Path, tmp_path: Path) -> None:
    file = tmp_path / "edit.json"
    save_edit(Edit(smile=0.5), file)
    words = ["--edit", file, "--save-edit", file, "--smile", "0.25", "--existing", "overwrite"]
    assert edit("-s", picture, *words).code == 0
    assert load_edit(file) == Edit(smile=0.75)


def test_an_edit_that_cannot_be_saved_is_told_before_the_work(
    edit: Run, picture: Path, tmp_path: Path
) -> None:
    words = ["-o", tmp_path / "out.png", "--save-edit", tmp_path / "missing" / "edit.json"]
    said = edit("-s", picture, *words)
    assert said.code == 1
    assert "make it first" in said.err
    assert list(tmp_path.iterdir()) == []


def test_what_is_skipped_has_a_name(edit: Run, picture: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.png"
    output.write_bytes(b"precious")
    words = ["-s", picture, "-o", output, "--existing", "skip"]
    assert edit(*words, "--json").facts == {"state": "skipped", "output": str(output)}
    assert edit(*words).out == f"{output} exists, skipped\n"
    assert output.read_bytes() == b"precious"


@pytest.mark.parametrize("face", ["--box", "--landmarks"])
def test_a_face_outside_of_the_picture_is_told(edit: Run, picture: Path, tmp_path: Path, face: str) -> None:
    points = tmp_path / "points.txt"
    points.write_text("5010 5010\n5030 5010\n5020 5020\n5012 5030\n5028 5030\n")
    where = {"--box": "-100,-100,-50,-50", "--landmarks": points}[face]
    said = edit("-s", picture, "-o", tmp_path / "out.png", face, where)
    assert said.code == 1
    assert "outside of the picture of 160 x 160 pixels" in said.err
    assert not (tmp_path / "out.png").exists()


def test_landmarks_that_are_nested_beyond_reason_are_none(edit: Run, picture: Path, tmp_path: Path) -> None:
    (tmp_path / "nest.json").write_text("[" * 200_000)
    said = edit("-s", picture, "-o", tmp_path / "out.png", "--landmarks", tmp_path / "nest.json")
    assert said.code == 1
    assert "Expected landmarks" in said.err
