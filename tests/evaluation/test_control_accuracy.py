"""Controls tried on drawings: the networks stand aside, and what an edit draws is known."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from liveportrait.animator import Animator
from liveportrait.arrays import FrameRGB
from liveportrait.engines.config import EngineConfig
from liveportrait.engines.opening import open_engines
from liveportrait.evaluation.control_accuracy import control_accuracy, try_control
from liveportrait.evaluation.controls import CONTROLS
from liveportrait.media.picture_files import save_picture
from liveportrait.motion.edit import Edit
from liveportrait.networks.presets import TINY
from liveportrait.portrait_model import PortraitModel
from tests.evaluation.drawn_faces import DrawnFace, DrawnFaceFinder, drawn_judges, judges_with_second
from tests.random_networks import random_networks
from tests.tiny_model import tiny_space

ONE_PX = DrawnFace(mouth_px=1).lip_opening
BY_NAME = {control.name: control for control in CONTROLS}


@pytest.fixture(scope="module")
def tiny_animator() -> Animator:
    engines = open_engines(random_networks(TINY), config=EngineConfig(engine="torch", device="cpu"))
    model = PortraitModel(engines, preset=TINY, space=tiny_space())
    return Animator(model=model, analyzer=DrawnFaceFinder())


@pytest.fixture
def animator(tiny_animator: Animator, monkeypatch: pytest.MonkeyPatch) -> Animator:
    """Its edits draw the mouth that is asked for, to the pixel, and nothing else."""

    def draw(_self: Animator, _source: object, edit: Edit) -> SimpleNamespace:
        return SimpleNamespace(frame=DrawnFace(mouth_px=mouth_px(edit.lip_open_ratio or 0.0)).draw())

    monkeypatch.setattr(Animator, "edit", draw)
    return tiny_animator


def mouth_px(asked: float) -> int:
    return round(asked / ONE_PX)


def portrait() -> FrameRGB:
    return DrawnFace().draw()


def test_both_landmarkers_measure_what_was_drawn(animator: Animator) -> None:
    """The second sees mouths open twice as wide."""
    control = BY_NAME["lip_open_ratio"]
    first, second = try_control(portrait(), control, animator, judges_with_second())
    assert second is not None
    drawn = np.array([mouth_px(asked) for asked in control.asked]) * ONE_PX
    assert first.error == pytest.approx(np.abs(drawn - control.asked).mean(), abs=1e-4)
    assert second.error == pytest.approx(np.abs(2 * drawn - control.asked).mean(), abs=1e-4)
    assert (first.correlation, first.slope) == pytest.approx((1, 1), abs=0.02)
    assert (second.correlation, second.slope) == pytest.approx((first.correlation, 2 * first.slope), rel=1e-4)


@pytest.mark.parametrize("name", ["brow", "gaze_x", "gaze_y"])
def test_what_only_the_mesh_tells_the_second_landmarker_does_not(animator: Animator, name: str) -> None:
    first, second = try_control(portrait(), BY_NAME[name], animator, judges_with_second())
    assert first.correlation == 0 and second is None


def test_means_are_over_the_portraits_that_have_a_face_and_the_others_are_named(
    animator: Animator, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    save_picture(portrait(), tmp_path / "face.png")
    save_picture(np.zeros_like(portrait()), tmp_path / "wall.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    files = [tmp_path / name for name in ("wall.png", "face.png", "broken.png", "face.png")]
    found = control_accuracy(files, animator, judges_with_second())
    assert found.portraits == ("face.png", "face.png")
    assert "wall.png is left out: " in caplog.text and "broken.png is left out: " in caplog.text
    results = {result.control: result for result in found.results}
    lips, brow = results["lip_open_ratio"], results["brow"]
    alone = try_control(portrait(), BY_NAME["lip_open_ratio"], animator, judges_with_second())
    assert (lips.num_portraits, lips.figures, lips.second) == (2, *alone)
    assert brow.second is None


def test_without_a_second_landmarker_and_without_a_portrait_there_is_nothing_of_them(
    animator: Animator,
) -> None:
    _, second = try_control(portrait(), BY_NAME["lip_open_ratio"], animator, drawn_judges())
    assert second is None
    nobody = control_accuracy([], animator, drawn_judges())
    assert (nobody.portraits, nobody.results) == ((), ())
