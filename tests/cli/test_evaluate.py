import json
from pathlib import Path

import pytest

from liveportrait.animator import Animator
from liveportrait.cli import evaluate as command
from liveportrait.cli import exit_codes
from liveportrait.cli.main import main
from liveportrait.engines.config import EngineConfig
from liveportrait.evaluation.judging import Judges
from liveportrait.media.images import read_image
from liveportrait.media.picture_files import save_picture
from liveportrait.portrait_model import load_portrait_model
from liveportrait.stepping import AnimationSettings
from tests.evaluation.drawn_faces import DrawnFace, DrawnFaceFinder, drawn_judges, talking
from tests.evaluation.test_clips import write_gif
from tests.tiny_model import write_tiny_model


@pytest.fixture
def drawn_world(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judges and analyser that know drawings; the model is loaded as ever."""

    def load(model: str, *, engine: EngineConfig, settings: AnimationSettings) -> Animator:
        loaded = load_portrait_model(model, engine=engine)
        return Animator(model=loaded, analyzer=DrawnFaceFinder(), settings=settings)

    def judges(*, second_landmarker: str) -> Judges:
        return drawn_judges()

    monkeypatch.setattr(command.Animator, "load", load)
    monkeypatch.setattr(command, "load_judges", judges)


@pytest.mark.usefixtures("drawn_world")
def test_it_writes_the_report_and_the_sheets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, data, out = write_tiny_model(tmp_path / "tiny"), tmp_path / "data", tmp_path / "out"
    data.mkdir()
    write_gif(data / "a.gif", [face.draw() for face in talking(3)])
    save_picture(DrawnFace().draw(), data / "p.png")
    options = ["--clips", data, "--portraits", data, "--model", model, "--most-frames", 2, "--output", out]
    options += ["--no-stitching", "--engine", "torch", "--second-landmarker", "none"]
    assert main(["evaluate", *map(str, options)]) == exit_codes.OK
    report = json.loads((out / "report.json").read_text())
    assert report["protocol"]["most_frames"] == 2
    assert report["transfer"]["stitching"] is False
    for name, num_shown in (("self.png", 1), ("cross.png", 2)):
        assert read_image(out / name).image.shape == (4 * (18 + 160), num_shown * 160, 3)
    said = capsys.readouterr().out
    assert "Self-reenactment, 1 clips" in said and "bars cleared" in said


def test_missing_clips_are_told_in_a_sentence(
    tmp_path: Path, drawn_world: None, capsys: pytest.CaptureFixture[str]
) -> None:
    model = write_tiny_model(tmp_path / "tiny")
    options = [
        "--clips",
        str(tmp_path),
        "--model",
        str(model),
        "--engine",
        "torch",
        "-o",
        str(tmp_path / "out"),
    ]
    assert main(["evaluate", *options]) == exit_codes.FAILED
    assert "found none. Name another folder or split." in capsys.readouterr().err


@pytest.mark.parametrize("in_the_way", ["out", "out/report.json/x", "out/self.png/x"])
def test_a_place_that_cannot_be_written_is_told_before_anything_is_measured(
    in_the_way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def work(**_: object) -> Judges:
        raise AssertionError("worked for a file that cannot be written")

    monkeypatch.setattr(command, "load_judges", work)
    blocker = tmp_path / in_the_way
    blocker.parent.mkdir(parents=True, exist_ok=True)
    blocker.write_text("")
    assert main(["evaluate", "--clips", str(tmp_path), "-o", str(tmp_path / "out")]) == exit_codes.FAILED
    said = capsys.readouterr().err
    assert "cannot be written" in said or "expected the name of a file" in said
