"""The files in examples/, and what draws the driving clip."""

import importlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from liveportrait.face.face_landmarker import FaceLandmarker
from liveportrait.face.loading import load_face_landmarker
from liveportrait.face.ratios import eye_open_ratios, lip_open_ratio
from liveportrait.face.tracker import FaceTracker
from liveportrait.media.opening import open_source
from liveportrait.motion.template_file import load_template

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture
def drawing(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The package that the scripts import, as they find it."""
    monkeypatch.syspath_prepend(str(EXAMPLES))
    for module in ("performance", "rasteriser"):
        importlib.import_module(f"rendered_head.{module}")
    return importlib.import_module("rendered_head")


@pytest.fixture(scope="module")
def analyzer() -> FaceLandmarker:
    return load_face_landmarker()


def test_the_driver_is_followed_on_every_frame_and_does_a_lot(analyzer: FaceLandmarker) -> None:
    """One face that is never lost; lips and eyes open and shut, and it begins near neutral."""
    tracker = FaceTracker(analyzer)
    eyes, lips, ids = [], [], set()
    with open_source(EXAMPLES / "driving.mp4") as clip:
        assert clip.info.fps == Fraction(25)
        assert clip.info.size_wh == (512, 512)
        for frame in clip:
            (track,) = tracker.update(frame.image)
            ids.add(track.track_id)
            eyes.append(float(eye_open_ratios(track.face.landmarks).mean()))
            lips.append(float(lip_open_ratio(track.face.landmarks)[0]))
    assert (len(lips), len(ids)) == (100, 1)
    assert lips[0] < 0.03
    assert max(lips) > 0.4
    assert eyes[0] > 0.3
    assert sum(np.diff(np.array(eyes) < 0.15).astype(int) != 0) >= 5  # three blinks


def test_the_driving_clip_is_small() -> None:
    assert (EXAMPLES / "driving.mp4").stat().st_size < 400_000


@pytest.mark.parametrize("name", ["talking", "nod_and_shake", "expressions"])
def test_templates_are_of_the_model_that_comes_along(name: str) -> None:
    from liveportrait.checkpoints.bundled import bundled_weights_dir
    from liveportrait.motion.space_file import load_expression_space

    template = load_template(EXAMPLES / f"{name}.safetensors")
    space = load_expression_space(bundled_weights_dir() / "mini" / "expression_space.json")
    assert template.model_id == space.model_id
    assert template.num_frames > 50
    assert template.note


def test_the_performance_moves_through_its_range(drawing: Any) -> None:
    moments = [drawing.performance.talking(index / 25) for index in range(100)]
    yaw, pitch, roll = (
        [getattr(moment.pose, name) for moment in moments] for name in ("yaw_deg", "pitch_deg", "roll_deg")
    )
    assert (max(yaw), min(yaw)) == (pytest.approx(20, abs=0.5), pytest.approx(-20, abs=0.5))
    assert (max(pitch), min(pitch)) == (pytest.approx(10, abs=0.5), pytest.approx(-10, abs=0.5))
    assert (max(roll), min(roll)) == (pytest.approx(6, abs=0.5), pytest.approx(-6, abs=0.5))
    for moment in (moments[0], moments[-1]):
        assert max(map(abs, moment.expression.values())) < 0.05
        assert abs(moment.pose.yaw_deg) < 0.5


class TestRasteriser:
    def test_the_nearer_triangle_is_seen(self, drawing: Any) -> None:
        near = np.array([[2, 2], [2, 14], [14, 2]], np.float32)
        points, depth = np.concatenate([near, near]), np.array([2, 2, 2, 1, 1, 1], np.float32)
        triangles = np.array([[0, 1, 2], [3, 4, 5]])
        seen = drawing.rasteriser.rasterise(points, depth, triangles, size_px=16)
        assert set(seen.triangles) == {1}
        assert len(set(seen.pixels)) == len(seen.pixels) == pytest.approx(72, abs=12)

    def test_attributes_are_interpolated(self, drawing: Any) -> None:
        points = np.array([[0, 0], [0, 16], [16, 0]], np.float32)
        triangles = np.array([[0, 1, 2]])
        seen = drawing.rasteriser.rasterise(points, np.ones(3, np.float32), triangles, size_px=16)
        places = seen.of(points, triangles)
        wanted = np.stack([seen.pixels % 16, seen.pixels // 16], 1) + 0.5
        assert np.abs(places - wanted).max() < 1e-4

    def test_backs_and_what_leaves_the_picture_are_not_drawn(self, drawing: Any) -> None:
        points = np.array([[2, 2], [14, 2], [2, 14], [-4, -4], [-4, 6], [6, -4]], np.float32)
        triangles = np.array([[0, 1, 2], [3, 4, 5]])
        seen = drawing.rasteriser.rasterise(points, np.ones(6, np.float32), triangles, size_px=16)
        assert set(seen.triangles) == {1}
        assert seen.pixels.min() >= 0
        assert (seen.pixels % 16).max() < 4
