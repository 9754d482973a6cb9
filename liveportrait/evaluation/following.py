"""How well a result's face follows its driver, by what a landmarker reads off both."""

from collections.abc import Sequence
from dataclasses import dataclass

from liveportrait.evaluation.agreement import MIN_SWING, Series, correlation, mean_distance, swing_ratio
from liveportrait.evaluation.averages import nan_mean
from liveportrait.evaluation.face_traces import FaceTrace
from liveportrait.evaluation.head_turns import HeadRotation, angle_between_deg
from liveportrait.evaluation.landmark_distance import landmark_distance


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningFigures:
    """Eyes or lips, height over width."""

    error: float
    correlation: float
    """nan where the driver's opening hardly changes."""
    swing: float
    """Standard deviation over the driver's; 1 is as lively, below is muted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowFigures:
    """What the face does beside what it should do."""

    pose_error_deg: float
    lips: OpeningFigures
    eyes: OpeningFigures
    lost_faces: float
    """Share of the frames in which the driver's face is seen and the result's is not."""


def follow_figures(
    found: FaceTrace, driving: FaceTrace, wanted_turns: Sequence[HeadRotation | None]
) -> FollowFigures:
    """A result against its driver; how heads should be turned is given, since that depends on the source."""
    pairs = zip(found.rotations, wanted_turns, strict=True)
    angles = [
        angle_between_deg(ours, wanted) for ours, wanted in pairs if ours is not None and wanted is not None
    ]
    lost = [
        float(ours is None) for ours, theirs in zip(found.readings, driving.readings, strict=True) if theirs
    ]
    return FollowFigures(
        pose_error_deg=nan_mean(angles),
        lips=_opening_figures(found.lip_openings, driving.lip_openings),
        eyes=_opening_figures(found.eye_openings, driving.eye_openings),
        lost_faces=nan_mean(lost),
    )


def mean_landmark_distance(found: FaceTrace, true: FaceTrace) -> float:
    """Over the frames in which both faces are seen, in distances between the eyes."""
    pairs = zip(found.readings, true.readings, strict=True)
    return nan_mean(
        [landmark_distance(ours.landmarks, theirs.landmarks) for ours, theirs in pairs if ours and theirs]
    )


def _opening_figures(found: Series, driving: Series) -> OpeningFigures:
    return OpeningFigures(
        error=mean_distance(found, driving),
        correlation=correlation(found, driving, min_swing=MIN_SWING),
        swing=swing_ratio(found, driving, min_swing=MIN_SWING),
    )
