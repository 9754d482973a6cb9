"""What can be asked of an edit, and how what came of it is measured on the picture."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from liveportrait.evaluation.face_traces import FaceReading
from liveportrait.evaluation.head_turns import angles_deg
from liveportrait.evaluation.landmark_distance import eye_distance_px
from liveportrait.face.layouts import layout_of
from liveportrait.face.ratios import eye_open_ratios, gaze_directions, lip_open_ratio
from liveportrait.motion.edit import Edit
from liveportrait.motion.space import SLIDER_NAMES, ExpressionSpace

Measure: TypeAlias = Callable[[FaceReading], float]
"""One number of a face; it grows as more is asked."""

Meaning = Literal["change", "goal", "slider"]
"""`change`: asked is added to what the source has, in the unit of the measure. `goal`: asked is what the
measure should be. `slider`: asked has no unit, so only the direction can be right or wrong."""

NUM_STEPS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One field of an edit, from its least to its greatest asked value."""

    name: str
    low: float
    high: float
    meaning: Meaning
    measure: Measure
    needs_mesh: bool = False
    """Whether the 68 points do not tell it."""

    @property
    def asked(self) -> tuple[float, ...]:
        return tuple(np.linspace(self.low, self.high, NUM_STEPS).tolist())

    def edit(self, asked: float) -> Edit:
        return Edit(**{self.name: asked})


def controls_of(space: ExpressionSpace) -> tuple[Control, ...]:
    """Pose and openings, which every model can be asked, and the sliders that its space has."""
    has = (*space.slider_names, *(control.name for control in CONTROLS if control.name not in SLIDER_NAMES))
    return tuple(control for control in CONTROLS if control.name in has)


def _pose(name: str, most_deg: float, *, axis: int) -> Control:
    return Control(
        name=name,
        low=-most_deg,
        high=most_deg,
        meaning="change",
        measure=lambda face: angles_deg(face.rotation)[axis],
    )


def _slider(name: str, measure: Measure, *, needs_mesh: bool = False) -> Control:
    return Control(name=name, low=-1.0, high=1.0, meaning="slider", measure=measure, needs_mesh=needs_mesh)


def _eyes(face: FaceReading) -> float:
    return float(eye_open_ratios(face.landmarks).mean())


def _lips(face: FaceReading) -> float:
    return float(lip_open_ratio(face.landmarks)[0])


def _mouth_width(face: FaceReading) -> float:
    """Between the corners, in distances between the eyes: a smile widens it, a pout narrows it."""
    first, second = (face.landmarks[corner] for corner in layout_of(face.landmarks).lip)
    return float(np.linalg.norm(first - second)) / eye_distance_px(face.landmarks)


def _brow_height(face: FaceReading) -> float:
    """Of the brows over the corners of the eyes, in distances between the eyes."""
    points = face.landmarks
    brows, eyes = points[[105, 334]].mean(axis=0), points[[33, 133, 362, 263]].mean(axis=0)
    return float(np.linalg.norm(brows - eyes)) / eye_distance_px(points)


CONTROLS = (
    _pose("pitch_deg", 15.0, axis=0),
    _pose("yaw_deg", 25.0, axis=1),
    _pose("roll_deg", 15.0, axis=2),
    # As far as faces open: wide eyes have some 0.4, a shout 0.6.
    Control(name="eye_open_ratio", low=0.0, high=0.4, meaning="goal", measure=_eyes),
    Control(name="lip_open_ratio", low=0.0, high=0.6, meaning="goal", measure=_lips),
    _slider("blink", lambda face: -_eyes(face)),
    _slider("mouth_open", _lips),
    _slider("smile", _mouth_width),
    _slider("pout", lambda face: -_mouth_width(face)),
    _slider("brow", _brow_height, needs_mesh=True),
    _slider("gaze_x", lambda face: float(gaze_directions(face.landmarks)[:, 0].mean()), needs_mesh=True),
    _slider("gaze_y", lambda face: -float(gaze_directions(face.landmarks)[:, 1].mean()), needs_mesh=True),
)
