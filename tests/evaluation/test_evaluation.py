"""Everything together, over drawings and a tiny model with random weights."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from liveportrait.animator import Animator
from liveportrait.engines.config import EngineConfig
from liveportrait.engines.opening import open_engines
from liveportrait.errors import MediaError, SettingError
from liveportrait.evaluation.circumstances import circumstances_of
from liveportrait.evaluation.control_accuracy import ControlAccuracy
from liveportrait.evaluation.evaluation import Evaluation, EvaluationSettings, evaluate
from liveportrait.evaluation.reenactors import AnimatedPortrait, SeenFrame, WholeFrameModel
from liveportrait.evaluation.report import FORMAT, write_report
from liveportrait.evaluation.sheet import cross_sheet, self_sheet
from liveportrait.evaluation.table import tables
from liveportrait.face.protocol import Face
from liveportrait.media.picture_files import save_picture
from liveportrait.motion.settings import TransferSettings
from liveportrait.networks.presets import TINY
from liveportrait.portrait_model import PortraitModel
from tests.evaluation.drawn_faces import DrawnFace, DrawnFaceFinder, drawn_judges, talking
from tests.evaluation.test_clips import write_gif
from tests.random_networks import random_networks
from tests.tiny_model import tiny_space, write_tiny_model


@pytest.fixture(scope="module")
def animator() -> Animator:
    engines = open_engines(random_networks(TINY))
    model = PortraitModel(engines, preset=TINY, space=tiny_space())
    return Animator(model=model, analyzer=DrawnFaceFinder())


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawings")
    write_gif(folder / "a.gif", [face.draw() for face in talking(4)])
    save_picture(DrawnFace(x=110).draw(), folder / "p.png")
    return folder


@pytest.fixture(scope="module")
def settings(data: Path) -> EvaluationSettings:
    return EvaluationSettings(clips=data, portraits=data, most_frames=3)


@pytest.fixture(scope="module")
def evaluation(animator: Animator, settings: EvaluationSettings) -> Evaluation:
    return evaluate(animator, drawn_judges(), settings)


def seen(faces: list[DrawnFace]) -> list[SeenFrame]:
    finder = DrawnFaceFinder()
    frames = [face.draw() for face in faces]
    return [SeenFrame(frame=frame, face=finder.detect(frame)[0]) for frame in frames]


def test_the_networks_alone_start_at_the_source_and_then_move(animator: Animator) -> None:
    frames = seen(talking(3))
    results = WholeFrameModel(animator)(frames[0], frames)
    assert [result.shape for result in results] == [(256, 256, 3)] * 3
    undriven = WholeFrameModel(animator)(frames[0], frames[:1] * 2)
    assert (undriven[0] == undriven[1]).all() and (undriven[0] == results[0]).all()
    assert (results[1] != results[0]).any()


def test_the_whole_library_keeps_the_frame_around_the_crop(animator: Animator) -> None:
    portrait = np.pad(DrawnFace().draw(), ((200, 200), (200, 200), (0, 0)), constant_values=10)
    (face,) = DrawnFaceFinder().detect(portrait)
    results = AnimatedPortrait(animator)(SeenFrame(frame=portrait, face=face), seen(talking(2)))
    assert all((result[:100] == portrait[:100]).all() for result in results)
    assert (results[0] != portrait).any()
    assert isinstance(face, Face)


def test_every_protocol_is_in_the_evaluation(evaluation: Evaluation) -> None:
    assert [summary.method for summary in evaluation.summaries] == ["model", "copy", "mesh warp"]
    assert [pair.source for pair in evaluation.pairs] == ["p.png"]
    assert {result.control for result in evaluation.controls.results} >= {
        "yaw_deg",
        "lip_open_ratio",
        "smile",
    }
    assert evaluation.stitching is not None and evaluation.stitching.means.stitched > 0
    assert len(evaluation.bars) == 13


def test_the_report_is_strict_json_without_paths(
    evaluation: Evaluation, settings: EvaluationSettings, data: Path, tmp_path: Path
) -> None:
    circumstances = circumstances_of(
        str(write_tiny_model(tmp_path / "tiny")),
        engine=EngineConfig(engine="torch", exported=tmp_path / "onnx-int8"),
        transfer=TransferSettings(stitching=False),
    )
    file = tmp_path / "report.json"
    write_report(file, evaluation, settings=settings, circumstances=circumstances, judges=drawn_judges())
    text = file.read_text()

    def refuse(constant: str) -> float:
        raise AssertionError(constant)

    report = json.loads(text, parse_constant=refuse)
    assert report["format"] == FORMAT
    assert str(data.parent) not in text and str(tmp_path) not in text
    assert [row["clip"] for row in report["self_reenactment"]["clips"]] == ["a.gif"]
    assert report["self_reenactment"]["clips"][0]["methods"]["copy"]["picture"]["l1_face"] > 0
    assert report["model"]["preset"] == "tiny" and len(report["model"]["sha256"]) == 64
    assert {bar["cleared"] for bar in report["bars"]} <= {True, False}
    assert report["judges"]["second_landmarks"] is None
    (pair,) = report["stitching"]["pairs"]
    assert (pair["source"], pair["driving"]) == ("p.png", "a.gif")
    assert pair["gain"] == pytest.approx(pair["unstitched"] - pair["stitched"], abs=1e-5)
    assert report["stitching"]["num_pairs_better"] == (pair["gain"] > 0)
    assert report["stitching"]["stitched"] == pair["stitched"], "of one pair the mean is its own"
    protocols = ("self_reenactment", "cross_reenactment", "stitching", "controls")
    assert report["left_out"] == {name: [] for name in protocols}
    assert (report["engine"]["engine"], report["transfer"]["stitching"]) == ("torch", False)
    assert report["engine"]["exported"] == "onnx-int8"


def test_the_tables_show_every_method_and_bar(evaluation: Evaluation) -> None:
    own, cross, controls, bars = tables(evaluation)
    assert own.head == cross.head == ("", "model", "copy", "mesh warp")
    assert (own.title, cross.title) == ("Self-reenactment, 1 clips", "Cross-reenactment, 1 pairs")
    assert {row[0]: row[2] for row in own.rows}["identity to source"] == "1"
    assert {"yaw_deg", "lip_open_ratio", "smile"} <= {row[0] for row in controls.rows}
    assert [row[-1] for row in bars.rows] == [
        "cleared" if bar.cleared else "missed" for bar in evaluation.bars
    ]
    for table in (own, cross, controls, bars):
        assert all(len(row) == len(table.head) for row in table.rows)
        assert not any("nan" in cell for row in table.rows for cell in row)


def test_the_sheets_hold_a_row_for_driver_and_methods(evaluation: Evaluation) -> None:
    assert self_sheet(evaluation.clips).shape == (4 * (18 + 160), 2 * 160, 3)
    assert cross_sheet(evaluation.pairs).shape == (4 * (18 + 160), 3 * 160, 3)


def test_without_portraits_only_clips_are_evaluated(animator: Animator, data: Path) -> None:
    found = evaluate(animator, drawn_judges(), EvaluationSettings(clips=data, most_frames=2))
    assert (found.pairs, found.controls.results, found.stitching) == ((), (), None)
    assert len(found.bars) == 10


def test_clips_in_which_nothing_moves_clear_no_bar_and_break_nothing(
    animator: Animator, tmp_path: Path
) -> None:
    """Copying the source is perfect there, so nothing can be told in shares of it."""
    write_gif(tmp_path / "still.gif", [DrawnFace().draw()] * 3)
    found = evaluate(animator, drawn_judges(), EvaluationSettings(clips=tmp_path))
    shares = {bar.name: bar for bar in found.bars}
    bar = shares["L1 in the face over that of the copied source"]
    assert np.isnan(bar.measured) and not bar.cleared
    assert "-" in {row[1] for row in tables(found)[-1].rows}


@pytest.mark.parametrize(("setting", "least"), [("most_clips", 1), ("most_portraits", 1), ("most_frames", 2)])
def test_settings_that_leave_nothing_to_measure_are_refused(setting: str, least: int) -> None:
    usual = EvaluationSettings(clips=Path())
    assert replace(usual, **{setting: least}) != usual
    with pytest.raises(SettingError, match=f"{setting} is {least - 1}; give {least} or more"):
        replace(usual, **{setting: least - 1})


def test_what_could_not_be_used_is_named(evaluation: Evaluation) -> None:
    """Two files of one name, of different folders, of which one was used, are one left out."""
    files = (*evaluation.clip_files, Path("elsewhere/a.gif"), Path("faceless.gif"))
    nobody = ControlAccuracy(portraits=(), results=())
    found = replace(evaluation, clip_files=files, stitching=None, pairs=(), controls=nobody).left_out
    assert found["self_reenactment"] == ["a.gif", "faceless.gif"]
    assert found["cross_reenactment"] == found["stitching"] == found["controls"] == ["p.png"]


def test_missing_data_is_noticed_before_the_work(animator: Animator, data: Path, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="found none"):
        evaluate(animator, drawn_judges(), EvaluationSettings(clips=data, portraits=tmp_path))
    write_gif(tmp_path / "empty.gif", [np.zeros((256, 256, 3), np.uint8)] * 2)
    with pytest.raises(SettingError, match="None of the 1 clips"):
        evaluate(animator, drawn_judges(), EvaluationSettings(clips=tmp_path))
