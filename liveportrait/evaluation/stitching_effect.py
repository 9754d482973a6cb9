"""What stitching is worth: the seam of paste-back with it and without it, over the same frames."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from liveportrait.animator import Animator
from liveportrait.arrays import FrameRGB, FramesRGB
from liveportrait.errors import MediaError, NoFaceError
from liveportrait.evaluation.averages import mean_figures, nan_mean
from liveportrait.evaluation.clips import read_clip
from liveportrait.evaluation.seam import seam_error
from liveportrait.media.images import read_image
from liveportrait.media.progress import Progress, silent

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class StitchingFigures:
    """Seam errors, 0..1."""

    stitched: float
    unstitched: float
    undriven: float
    """Of the source drawn as it is: the least that drawing and blending alone cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSeams:
    """One portrait led by one driver."""

    source: str
    driving: str
    figures: StitchingFigures


@dataclass(frozen=True, slots=True, kw_only=True)
class StitchingEffect:
    """The mean hides whether every pair gains or one does; the pairs tell."""

    means: StitchingFigures
    pairs: tuple[PairSeams, ...]


def stitching_effect(
    pairs: Sequence[tuple[Path, Path]],
    animator: Animator,
    *,
    most_frames: int | None = None,
    progress: Progress = silent,
) -> StitchingEffect | None:
    """Over pairs of a portrait and a driver; None where no pair could be used."""
    rows: list[PairSeams] = []
    for done, (source, driving) in enumerate(pairs, start=1):
        try:
            frames = read_clip(driving, animator.analyzer, most_frames=most_frames)
            figures = seams_of_pair(read_image(source).image, frames, animator)
            rows.append(PairSeams(source=source.name, driving=driving.name, figures=figures))
        except (MediaError, NoFaceError) as fault:
            logger.warning("%s led by %s is left out: %s", source.name, driving.name, fault)
        progress(done, len(pairs))
    if not rows:
        return None
    return StitchingEffect(means=mean_figures([row.figures for row in rows]), pairs=tuple(rows))


def seams_of_pair(portrait: FrameRGB, frames: FramesRGB, animator: Animator) -> StitchingFigures:
    """One portrait led by one driver."""
    stitching, plain = _with_stitching(animator, stitching=True), _with_stitching(animator, stitching=False)
    source = animator.prepare(portrait)
    undriven = plain.draw(source, source.keypoints)

    def seam(one: Animator) -> float:
        state = one.start()
        steps = [one.step(source, frame, state) for frame in frames]
        return nan_mean(
            [seam_error(portrait, step.crop, source.place) for step in steps if step.crop is not None]
        )

    assert undriven.crop is not None
    return StitchingFigures(
        stitched=seam(stitching),
        unstitched=seam(plain),
        undriven=seam_error(portrait, undriven.crop, source.place),
    )


def _with_stitching(animator: Animator, *, stitching: bool) -> Animator:
    return animator.with_settings(
        lambda settings: replace(settings, transfer=replace(settings.transfer, stitching=stitching))
    )
