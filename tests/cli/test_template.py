"""liveportrait template."""

import pickle
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from liveportrait.media.mark_reading import read_generated_mark
from liveportrait.motion.template_file import load_template
from tests.cli.conftest import PLAIN, Run
from tests.portraits import frames_of, swaying, wall, write_video
from tests.tiny_model import MODEL_ID


@pytest.fixture
def template(run: Run, tiny_model: Path, clip: Path, tmp_path: Path) -> Path:
    path = tmp_path / "motion.safetensors"
    words = [*PLAIN, "--model", tiny_model, "-d", clip, "-o", path, "--note", "a note"]
    said = run("template", "make", *words)
    assert said.code == 0, said
    assert "4 frames at 25 a second" in said.out
    return path


def test_a_template_holds_motion_and_no_pixels(template: Path) -> None:
    made = load_template(template)
    assert (made.model_id, made.fps, made.num_frames, made.note) == (MODEL_ID, 25, 4, "a note")
    assert made.openings is not None
    assert template.stat().st_size < 20_000


def test_it_leads(run: Run, tiny_model: Path, picture: Path, template: Path, tmp_path: Path) -> None:
    words = [*PLAIN, "--model", tiny_model, "-s", picture, "-d", template, "-o", tmp_path / "out.mp4"]
    said = run("animate", *words, "--fps", "50", "--contact-sheet", tmp_path / "sheet.png")
    assert said.code == 0
    assert len(frames_of(tmp_path / "out.mp4")) == 8


def test_inspection_plots_and_tells(run: Run, template: Path, tmp_path: Path) -> None:
    said = run("template", "inspect", template, "-o", tmp_path / "plot.png", "--json")
    assert said.facts == {
        "model_id": MODEL_ID,
        "num_frames": 4,
        "fps": "25",
        "duration_seconds": 0.16,
        "has_openings": True,
        "note": "a note",
        "output": str(tmp_path / "plot.png"),
    }
    (plot,) = frames_of(tmp_path / "plot.png")
    assert len(np.unique(plot.image.reshape(-1, 3), axis=0)) > 10
    assert read_generated_mark(tmp_path / "plot.png") is None


def test_a_released_template_is_converted(run: Run, tmp_path: Path) -> None:
    frame = {
        "scale": np.ones((1, 1), np.float32),
        "R": np.eye(3, dtype=np.float32)[None],
        "exp": np.zeros((1, 21, 3), np.float32),
        "t": np.zeros((1, 3), np.float32),
    }
    content = {
        "n_frames": 2,
        "output_fps": 30,
        "motion": [frame, frame],
        "c_eyes_lst": [np.full((1, 2), 0.3, np.float32)] * 2,
        "c_lip_lst": [np.full((1, 1), 0.1, np.float32)] * 2,
    }
    (tmp_path / "released.pkl").write_bytes(pickle.dumps(content))
    output = tmp_path / "ours.safetensors"
    said = run("template", "convert", tmp_path / "released.pkl", "-o", output, "--json")
    assert (said.facts["state"], said.facts["output"]) == ("done", str(output))
    converted = load_template(output)
    assert (converted.model_id, converted.fps, converted.num_frames) == ("human", Fraction(30), 2)


def test_what_exists_is_skipped_in_words_and_for_programs(run: Run, template: Path, tmp_path: Path) -> None:
    (tmp_path / "released.pkl").write_bytes(b"not read")
    before, skip = template.read_bytes(), ["-o", template, "--existing", "skip"]
    for words in (["make", "-d", "not read.mp4"], ["convert", tmp_path / "released.pkl"]):
        said = run("template", *words, *skip, "--json")
        assert (said.code, said.facts) == (0, {"state": "skipped", "output": str(template)})
        assert "skipped" in run("template", *words, *skip).out
    assert template.read_bytes() == before


def test_a_frame_without_a_face_repeats_the_last(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    driving = write_video(tmp_path / "d.mp4", swaying(4, faceless={2}))
    output = tmp_path / "motion.safetensors"
    assert run("template", "make", *PLAIN, "--model", tiny_model, "-d", driving, "-o", output).code == 0
    motion = load_template(output).motion
    assert np.array_equal(motion.expression[2], motion.expression[1])
    assert not np.array_equal(motion.expression[3], motion.expression[1])


def test_faults_are_told(run: Run, tiny_model: Path, template: Path, tmp_path: Path) -> None:
    nobody = write_video(tmp_path / "nobody.mp4", [wall()] * 2)
    output = tmp_path / "no.safetensors"
    assert run("template", "make", *PLAIN, "--model", tiny_model, "-d", nobody, "-o", output).code == 1
    assert run("template", "inspect", nobody).code == 1
    assert run("template", "convert", template, "-o", template).code == 1
    assert run("template").code == 2
    assert not output.exists()


@pytest.mark.parametrize("name", ["driving.mp4", "t.pkl", "t.npz", "t"])
def test_a_template_takes_no_place_and_no_name_of_other_files(
    run: Run, tiny_model: Path, clip: Path, tmp_path: Path, name: str
) -> None:
    driving = tmp_path / "driving.mp4"
    driving.write_bytes(clip.read_bytes())
    words = [*PLAIN, "--model", tiny_model, "-d", driving, "-o", tmp_path / name, "--existing", "overwrite"]
    assert run("template", "make", *words).code == 1
    assert driving.read_bytes() == clip.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["driving.mp4"]


def test_a_conversion_and_a_plot_lie_over_nothing(run: Run, template: Path, tmp_path: Path) -> None:
    before, names = template.read_bytes(), {path.name for path in tmp_path.iterdir()}
    overwrite = ["--existing", "overwrite"]
    said = run("template", "convert", template, "-o", template, *overwrite)
    assert "read as well as written" in said.err
    assert "extension" in run("template", "convert", template, "-o", tmp_path / "t.npz").err
    assert "for a picture" in run("template", "inspect", template, "-o", tmp_path / "plot.mp4").err
    assert run("template", "inspect", template, "-o", template, *overwrite).code == 1
    assert template.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == names
