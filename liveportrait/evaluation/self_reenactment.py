"""Self-reenactment: the first frame of a clip is driven by the others, which are what should come out."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from liveportrait.arrays import FrameRGB
from liveportrait.errors import MediaError, NoFaceError
from liveportrait.evaluation.agreement import Series, pooled_correlation
from liveportrait.evaluation.averages import mean_figures
from liveportrait.evaluation.clips import evenly, read_clip
from liveportrait.evaluation.disocclusion import Triangles, mesh_triangles
from liveportrait.evaluation.following import FollowFigures, follow_figures, mean_landmark_distance
from liveportrait.evaluation.judging import Judges, WatchedClip, watch_clip
from liveportrait.evaluation.picture_figures import PictureFigures, picture_figures
from liveportrait.evaluation.reenactors import Reenactor, SeenFrame
from liveportrait.evaluation.true_regions import TrueRegions, find_regions
from liveportrait.media.progress import Progress, silent

logger = logging.getLogger(__name__)

_NUM_SHOWN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfFigures:
    """All that is measured of one result against the clip that it should equal."""

    picture: PictureFigures
    landmark_error: float
    """In distances between the eyes."""
    following: FollowFigures
    second_landmark_error: float | None
    """The same by the landmarker that taught no model; None where there is none."""
    second_following: FollowFigures | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MethodResult:
    """What one method made of one clip."""

    method: str
    figures: SelfFigures
    lips: Series
    eyes: Series
    shown: tuple[FrameRGB, ...]
    """Some frames for a sheet, the same for every method."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClipResult:
    """One clip."""

    clip: str
    num_frames: int
    """Driven; the source is not among them."""
    lips: Series
    eyes: Series
    """Openings of the true face."""
    shown: tuple[FrameRGB, ...]
    methods: tuple[MethodResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodSummary:
    """A method over all clips."""

    method: str
    num_clips: int
    means: SelfFigures
    num_clips_with_moving_lips: int
    """The others tell nothing of correlation and are not in its mean; of eyes likewise."""
    num_clips_with_moving_eyes: int
    lip_correlation_pooled: float
    """Over all frames of all clips in which both faces are seen, each clip centred: lively clips count more,
    no clip is left out."""
    eye_correlation_pooled: float


def reenact_clips(
    paths: Sequence[Path],
    reenactors: Sequence[Reenactor],
    judges: Judges,
    *,
    most_frames: int | None = None,
    progress: Progress = silent,
) -> list[ClipResult]:
    """Evaluate clip by clip; one that cannot be used is named in the log and left out."""
    results, triangles = [], mesh_triangles(judges.head)
    for done, path in enumerate(paths, start=1):
        try:
            frames = read_clip(path, judges.landmarker, most_frames=most_frames)
            results.append(reenact_clip(path.name, frames, reenactors, judges, triangles))
        except (MediaError, NoFaceError) as fault:
            logger.warning("%s is left out: %s", path.name, fault)
        progress(done, len(paths))
    return results


def reenact_clip(
    name: str,
    frames: Sequence[FrameRGB],
    reenactors: Sequence[Reenactor],
    judges: Judges,
    triangles: Triangles,
) -> ClipResult:
    """All methods over one clip.

    Raises:
        NoFaceError: when the first frame shows no face, or there is no other frame.
    """
    true = watch_clip(frames, judges)
    if true.faces[0] is None or len(frames) < 2:
        raise NoFaceError("expected a face in the first frame and at least one frame after it")
    seen = [SeenFrame(frame=frame, face=face) for frame, face in zip(true.frames, true.faces, strict=True)]
    height, width = frames[0].shape[:2]
    regions = find_regions(true.faces, triangles, size_wh=(width, height))
    driven = true.trace.without_first()
    shown = _telling_frames(driven.lip_openings, driven.eye_openings)
    return ClipResult(
        clip=name,
        num_frames=len(frames) - 1,
        lips=driven.lip_openings,
        eyes=driven.eye_openings,
        shown=tuple(true.frames[index] for index in shown),
        methods=tuple(_method_result(method, seen, true, regions, judges, shown) for method in reenactors),
    )


def summarise(results: Sequence[ClipResult]) -> list[MethodSummary]:
    """Every method over all clips."""
    by_method = zip(*(result.methods for result in results), strict=True)
    return [_summary(rows, results) for rows in by_method]


def _method_result(
    reenactor: Reenactor,
    seen: Sequence[SeenFrame],
    true: WatchedClip,
    regions: TrueRegions,
    judges: Judges,
    shown: Sequence[int],
) -> MethodResult:
    found = watch_clip(reenactor(seen[0], seen), judges)
    trace = found.trace.without_first()
    return MethodResult(
        method=reenactor.name,
        figures=_figures(found, true, regions, judges),
        lips=trace.lip_openings,
        eyes=trace.eye_openings,
        shown=tuple(found.frames[index] for index in shown),
    )


def _figures(found: WatchedClip, true: WatchedClip, regions: TrueRegions, judges: Judges) -> SelfFigures:
    ours, theirs = found.trace.without_first(), true.trace.without_first()
    second = second_error = None
    if found.second_trace is not None and true.second_trace is not None:
        our_second, their_second = found.second_trace.without_first(), true.second_trace.without_first()
        second = follow_figures(our_second, their_second, their_second.rotations)
        second_error = mean_landmark_distance(our_second, their_second)
    return SelfFigures(
        picture=picture_figures(found, true, regions, judges.backbone),
        landmark_error=mean_landmark_distance(ours, theirs),
        following=follow_figures(ours, theirs, theirs.rotations),
        second_landmark_error=second_error,
        second_following=second,
    )


def _summary(rows: Sequence[MethodResult], results: Sequence[ClipResult]) -> MethodSummary:
    return MethodSummary(
        method=rows[0].method,
        num_clips=len(rows),
        means=mean_figures([row.figures for row in rows]),
        num_clips_with_moving_lips=_num_known([row.figures.following.lips.correlation for row in rows]),
        num_clips_with_moving_eyes=_num_known([row.figures.following.eyes.correlation for row in rows]),
        lip_correlation_pooled=pooled_correlation(
            [row.lips for row in rows], [result.lips for result in results]
        ),
        eye_correlation_pooled=pooled_correlation(
            [row.eyes for row in rows], [result.eyes for result in results]
        ),
    )


def _num_known(values: Sequence[float]) -> int:
    return int(np.isfinite(values).sum())


def _telling_frames(lips: Series, eyes: Series) -> list[int]:
    """Evenly spread frames, with the widest mouth and the narrowest eyes among them."""
    chosen = [index + 1 for index in evenly(len(lips), most=_NUM_SHOWN)]
    if len(chosen) == _NUM_SHOWN and np.isfinite(lips).any():
        chosen[2], chosen[3] = int(np.nanargmax(lips)) + 1, int(np.nanargmin(eyes)) + 1
    return chosen
