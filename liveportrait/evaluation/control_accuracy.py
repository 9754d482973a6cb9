"""Control accuracy: what an edit asks for against what is measured on the edited picture."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from liveportrait.animator import Animator
from liveportrait.arrays import FrameRGB
from liveportrait.errors import MediaError, NoFaceError
from liveportrait.evaluation.agreement import Series, correlation, slope
from liveportrait.evaluation.averages import mean_figures, nan_mean
from liveportrait.evaluation.controls import Control, controls_of
from liveportrait.evaluation.face_traces import FaceTrace
from liveportrait.evaluation.judging import Judges, watch_clip
from liveportrait.media.images import read_image
from liveportrait.media.progress import Progress, silent

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlFigures:
    """One control: over one portrait, or the means over several."""

    correlation: float
    """Asked against measured."""
    slope: float
    """Measured a unit asked; 1 is right where the control has the unit of its measure."""
    error: float
    """Mean |asked - measured| in that unit; nan for sliders, which have none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlResult:
    """One control over all portraits."""

    control: str
    num_portraits: int
    figures: ControlFigures
    second: ControlFigures | None
    """By the landmarker that taught no model, where it tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlAccuracy:
    """Every control over the same portraits; empty where none could be used."""

    portraits: tuple[str, ...]
    results: tuple[ControlResult, ...]


def control_accuracy(
    pictures: Sequence[Path], animator: Animator, judges: Judges, *, progress: Progress = silent
) -> ControlAccuracy:
    """Try every control of the model on every portrait; one that cannot be used is named in the log and
    left out."""
    controls = controls_of(animator.model.space)
    portraits: list[str] = []
    rows: list[list[tuple[ControlFigures, ControlFigures | None]]] = []
    for done, path in enumerate(pictures, start=1):
        try:
            portrait = read_image(path).image
            rows.append([try_control(portrait, control, animator, judges) for control in controls])
            portraits.append(path.name)
        except (MediaError, NoFaceError) as fault:
            logger.warning("%s is left out: %s", path.name, fault)
        progress(done, len(pictures))
    columns = zip(controls, zip(*rows, strict=True), strict=False)
    return ControlAccuracy(
        portraits=tuple(portraits),
        results=tuple(_over_portraits(control, column) for control, column in columns),
    )


def try_control(
    portrait: FrameRGB, control: Control, animator: Animator, judges: Judges
) -> tuple[ControlFigures, ControlFigures | None]:
    """One control on one portrait, by both landmarkers.

    Raises:
        NoFaceError: when the portrait shows no face.
    """
    source = animator.prepare(portrait)
    asked = np.array(control.asked)
    seen = watch_clip([animator.edit(source, control.edit(value)).frame for value in control.asked], judges)
    second = seen.second_trace
    return (
        compare(asked, measured(seen.trace, control), control),
        None if second is None or control.needs_mesh else compare(asked, measured(second, control), control),
    )


def measured(trace: FaceTrace, control: Control) -> Series:
    """What the control's measure reads off every frame."""
    return np.array([np.nan if one is None else control.measure(one) for one in trace.readings])


def compare(asked: Series, found: Series, control: Control) -> ControlFigures:
    """One portrait's series. A change counts from what is measured where nothing is asked, in the middle."""
    match control.meaning:
        case "goal":
            error = nan_mean(np.abs(found - asked))
        case "change":
            error = nan_mean(np.abs(found - found[len(found) // 2] - asked))
        case "slider":
            error = float("nan")
    return ControlFigures(correlation=correlation(found, asked), slope=slope(found, asked), error=error)


def _over_portraits(
    control: Control, rows: Sequence[tuple[ControlFigures, ControlFigures | None]]
) -> ControlResult:
    second = [row[1] for row in rows if row[1] is not None]
    return ControlResult(
        control=control.name,
        num_portraits=len(rows),
        figures=mean_figures([row[0] for row in rows]),
        second=mean_figures(second) if second else None,
    )
