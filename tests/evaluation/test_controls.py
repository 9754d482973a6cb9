import math

import numpy as np
import pytest

from liveportrait.evaluation.control_accuracy import compare
from liveportrait.evaluation.controls import CONTROLS, controls_of
from liveportrait.evaluation.face_traces import FaceReading
from tests.evaluation.drawn_faces import DrawnFace
from tests.tiny_model import tiny_space

BY_NAME = {control.name: control for control in CONTROLS}


def reading(face: DrawnFace, rotation: np.ndarray | None = None) -> FaceReading:
    turn = np.eye(3) if rotation is None else rotation
    return FaceReading(landmarks=face.landmarks(), rotation=turn)


def test_only_what_the_model_knows_is_asked() -> None:
    names = [control.name for control in controls_of(tiny_space())]
    assert "smile" in names and "pout" not in names
    assert {"pitch_deg", "yaw_deg", "roll_deg", "eye_open_ratio", "lip_open_ratio"} <= set(names)


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.name)
def test_every_asked_value_is_a_legal_edit(control) -> None:
    for value in control.asked:
        assert getattr(control.edit(value), control.name) == value
    assert math.isfinite(control.measure(reading(DrawnFace())))


def test_measures_grow_as_more_is_asked() -> None:
    shut, wide = DrawnFace(mouth_px=0, eyes_px=2), DrawnFace(mouth_px=9, eyes_px=8)
    for name, sign in (("mouth_open", 1), ("lip_open_ratio", 1), ("eye_open_ratio", 1), ("blink", -1)):
        measure = BY_NAME[name].measure
        assert sign * measure(reading(wide)) > sign * measure(reading(shut)), name


def test_lips_are_measured_by_height_over_width() -> None:
    face = DrawnFace(mouth_px=7)
    assert BY_NAME["lip_open_ratio"].measure(reading(face)) == pytest.approx(face.lip_opening, rel=1e-4)


def test_a_goal_is_met_or_missed_by_its_distance() -> None:
    control = BY_NAME["lip_open_ratio"]
    asked = np.array(control.asked)
    exact, muted = compare(asked, asked, control), compare(asked, asked / 2 + 0.1, control)
    assert (exact.correlation, exact.slope, exact.error) == pytest.approx((1, 1, 0))
    assert (muted.correlation, muted.slope) == pytest.approx((1, 0.5))
    assert muted.error == pytest.approx(np.abs(asked / 2 + 0.1 - asked).mean())


def test_a_change_counts_from_the_source() -> None:
    control = BY_NAME["yaw_deg"]
    asked = np.array(control.asked)
    figures = compare(asked, asked + 8, control)
    assert (figures.correlation, figures.slope, figures.error) == pytest.approx((1, 1, 0))


def test_a_slider_has_no_error_but_a_direction() -> None:
    control = BY_NAME["smile"]
    asked = np.array(control.asked)
    assert math.isnan(compare(asked, asked, control).error)
    assert compare(asked, -asked, control).correlation == pytest.approx(-1)
    assert compare(asked, np.zeros(5), control).correlation == 0
