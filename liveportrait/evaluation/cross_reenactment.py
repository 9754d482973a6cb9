"""Cross-reenactment: portraits driven by other people. There is no true frame; what can be measured is
how well the head follows, whether the person stays, and whether the rest of the picture keeps still."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from liveportrait.arrays import FrameRGB, FramesRGB
from liveportrait.errors import MediaError, NoFaceError
from liveportrait.evaluation.averages import mean_figures, nan_mean
from liveportrait.evaluation.clips import evenly, read_clip
from liveportrait.evaluation.face_regions import background_mask, face_mask
from liveportrait.evaluation.face_traces import FaceTrace, expected_turns
from liveportrait.evaluation.flicker import temporal_flicker
from liveportrait.evaluation.following import FollowFigures, follow_figures
from liveportrait.evaluation.judging import Judges, WatchedClip, person_cosines, watch_clip
from liveportrait.evaluation.pixel_errors import mean_absolute_error
from liveportrait.evaluation.reenactors import Reenactor, SeenFrame
from liveportrait.evaluation.sharpness import gradient_energy
from liveportrait.media.images import read_image
from liveportrait.media.progress import Progress, silent

logger = logging.getLogger(__name__)

_NUM_SHOWN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossFigures:
    """Means over the frames of one result."""

    following: FollowFigures
    """Openings against the driver's own; turns against the source's head turned as the driver's since
    its first frame."""
    second_following: FollowFigures | None
    identity_to_source: float
    sharpness: float
    """Gradient energy inside the result's face over that of the source's."""
    background_drift: float
    """Mean |result - source| where certainly nothing of the person is, 0..1."""
    background_flicker: float
    """Mean change there from frame to frame."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CrossMethodResult:
    """What one method made of one pair."""

    method: str
    figures: CrossFigures
    shown: tuple[FrameRGB, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairResult:
    """One source led by one driver."""

    source: str
    driving: str
    shown: tuple[FrameRGB, ...]
    methods: tuple[CrossMethodResult, ...]


def draw_pairs(sources: Sequence[Path], drivers: Sequence[Path], *, seed: int = 0) -> list[tuple[Path, Path]]:
    """Every source once, with drivers in shuffled turns; the seed fixes who meets whom."""
    order = np.random.default_rng(seed).permutation(len(drivers))
    return [(source, drivers[order[index % len(drivers)]]) for index, source in enumerate(sources)]


def reenact_pairs(
    pairs: Sequence[tuple[Path, Path]],
    reenactors: Sequence[Reenactor],
    judges: Judges,
    *,
    most_frames: int | None = None,
    progress: Progress = silent,
) -> list[PairResult]:
    """Evaluate pair by pair; one that cannot be used is named in the log and left out."""
    results = []
    for done, (source, driving) in enumerate(pairs, start=1):
        try:
            portrait = read_image(source).image
            frames = read_clip(driving, judges.landmarker, most_frames=most_frames)
            results.append(reenact_pair(source.name, driving.name, portrait, frames, reenactors, judges))
        except (MediaError, NoFaceError) as fault:
            logger.warning("%s led by %s is left out: %s", source.name, driving.name, fault)
        progress(done, len(pairs))
    return results


def reenact_pair(
    source_name: str,
    driving_name: str,
    portrait: FrameRGB,
    frames: FramesRGB,
    reenactors: Sequence[Reenactor],
    judges: Judges,
) -> PairResult:
    """All methods over one pair.

    Raises:
        NoFaceError: when the portrait or the driver's first frame shows no face.
    """
    source, driver = watch_clip([portrait], judges), watch_clip(frames, judges)
    if source.faces[0] is None or driver.faces[0] is None:
        raise NoFaceError("expected a face in the source and in the driver's first frame")
    seen = [
        SeenFrame(frame=frame, face=face) for frame, face in zip(driver.frames, driver.faces, strict=True)
    ]
    still = SeenFrame(frame=portrait, face=source.faces[0])
    shown = evenly(len(frames), most=_NUM_SHOWN)

    def judged(reenactor: Reenactor) -> CrossMethodResult:
        found = watch_clip(reenactor(still, seen), judges)
        pictures = tuple(found.frames[index] for index in shown)
        return CrossMethodResult(
            method=reenactor.name, figures=cross_figures(found, source, driver), shown=pictures
        )

    return PairResult(
        source=source_name,
        driving=driving_name,
        shown=tuple(driver.frames[index] for index in shown),
        methods=tuple(judged(reenactor) for reenactor in reenactors),
    )


def cross_figures(found: WatchedClip, source: WatchedClip, driver: WatchedClip) -> CrossFigures:
    """A result of one source frame led by a driver."""
    face = source.faces[0]
    assert face is not None
    size_wh = (source.frames[0].shape[1], source.frames[0].shape[0])
    behind = background_mask(face.landmarks, size_wh=size_wh)
    energy = gradient_energy(source.frames[0], face_mask(face.landmarks, size_wh=size_wh))
    still = [source.frames[0]] * len(found.frames)
    second = None
    if found.second_trace and source.second_trace and driver.second_trace:
        second = _following(found.second_trace, source.second_trace, driver.second_trace)
    return CrossFigures(
        following=_following(found.trace, source.trace, driver.trace),
        second_following=second,
        identity_to_source=nan_mean(person_cosines(found.people, source.people)),
        sharpness=nan_mean(_energies(found, size_wh)) / energy,
        background_drift=nan_mean([mean_absolute_error(frame, still[0], behind) for frame in found.frames]),
        background_flicker=temporal_flicker(found.frames, still, [behind] * len(still)),
    )


def cross_means(results: Sequence[PairResult]) -> dict[str, CrossFigures]:
    """Every method over all pairs, by its name."""
    by_method = zip(*(result.methods for result in results), strict=True)
    return {rows[0].method: mean_figures([row.figures for row in rows]) for rows in by_method}


def _following(found: FaceTrace, source: FaceTrace, driver: FaceTrace) -> FollowFigures:
    start = source.rotations[0]
    assert start is not None
    return follow_figures(found, driver, expected_turns(start, driver.rotations))


def _energies(found: WatchedClip, size_wh: tuple[int, int]) -> list[float]:
    seen = zip(found.frames, found.faces, strict=True)
    return [
        gradient_energy(frame, face_mask(face.landmarks, size_wh=size_wh)) for frame, face in seen if face
    ]
