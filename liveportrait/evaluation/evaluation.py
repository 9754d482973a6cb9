"""The whole evaluation: every protocol over a folder of clips and one of portraits."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from liveportrait.animator import Animator
from liveportrait.errors import SettingError
from liveportrait.evaluation.bars import Bar, control_bars, self_bars, stitching_bars
from liveportrait.evaluation.clips import find_clips, find_pictures
from liveportrait.evaluation.control_accuracy import ControlAccuracy, control_accuracy
from liveportrait.evaluation.cross_reenactment import PairResult, draw_pairs, reenact_pairs
from liveportrait.evaluation.judging import Judges
from liveportrait.evaluation.reenactors import AnimatedPortrait, CopiedSource, WarpedMesh, WholeFrameModel
from liveportrait.evaluation.self_reenactment import ClipResult, MethodSummary, reenact_clips, summarise
from liveportrait.evaluation.stitching_effect import StitchingEffect, stitching_effect
from liveportrait.media.progress import Progress, silent

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSettings:
    """Over what and how much."""

    clips: Path
    """A folder of clips, or of a manifest.csv that names some."""
    portraits: Path | None = None
    """A folder of pictures, or of a manifest, for the protocols that drive or edit other people; without
    one they are left out."""
    split: str = "val"
    """Which rows of a manifest are used."""
    most_clips: int | None = None
    """At most so many, evenly spread over the folder."""
    most_portraits: int | None = 8
    """The same of portraits."""
    most_frames: int | None = 48
    """Of every clip at most so many, evenly spread. Flicker is measured between frames that are then
    farther apart, so compare reports of one setting only."""
    seed: int = 0
    """Decides which driver leads which portrait."""

    def __post_init__(self) -> None:
        """Refuse what would leave nothing to measure."""
        for name, least in (("most_clips", 1), ("most_portraits", 1), ("most_frames", 2)):
            given = getattr(self, name)
            if given is not None and given < least:
                raise SettingError(f"{name} is {given}; give {least} or more, or None for all.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evaluation:
    """What was measured."""

    clip_files: tuple[Path, ...]
    portrait_files: tuple[Path, ...]
    clips: tuple[ClipResult, ...]
    summaries: tuple[MethodSummary, ...]
    pairs: tuple[PairResult, ...]
    controls: ControlAccuracy
    stitching: StitchingEffect | None

    @property
    def bars(self) -> list[Bar]:
        """All that could be tried."""
        seams = None if self.stitching is None else self.stitching.means
        return [*self_bars(self.summaries), *control_bars(self.controls.results), *stitching_bars(seams)]

    @property
    def left_out(self) -> dict[str, list[str]]:
        """By protocol the clips and portraits that it could not use; the log says why."""
        seams = () if self.stitching is None else self.stitching.pairs
        return {
            "self_reenactment": _missing(self.clip_files, [result.clip for result in self.clips]),
            "cross_reenactment": _missing(self.portrait_files, [pair.source for pair in self.pairs]),
            "stitching": _missing(self.portrait_files, [pair.source for pair in seams]),
            "controls": _missing(self.portrait_files, self.controls.portraits),
        }


def evaluate(
    animator: Animator, judges: Judges, settings: EvaluationSettings, *, progress: Progress = silent
) -> Evaluation:
    """Run all protocols.

    Raises:
        MediaError: when a folder holds nothing to evaluate on.
        SettingError: when no clip of it could be used.
    """
    clips = find_clips(settings.clips, split=settings.split, most=settings.most_clips)
    portraits = _portraits(settings)
    clip_results = _self_results(clips, animator, judges, settings, progress)
    pairs = draw_pairs(portraits, clips, seed=settings.seed)
    logger.info("%d portraits led by other people", len(pairs))
    methods = (AnimatedPortrait(animator), CopiedSource(), WarpedMesh())
    pair_results = reenact_pairs(pairs, methods, judges, most_frames=settings.most_frames, progress=progress)
    logger.info("seams with and without stitching")
    stitching = stitching_effect(pairs, animator, most_frames=settings.most_frames, progress=progress)
    logger.info("control of %d portraits", len(portraits))
    return Evaluation(
        clip_files=tuple(clips),
        portrait_files=tuple(portraits),
        clips=tuple(clip_results),
        summaries=tuple(summarise(clip_results)),
        pairs=tuple(pair_results),
        controls=control_accuracy(portraits, animator, judges, progress=progress),
        stitching=stitching,
    )


def _missing(files: Sequence[Path], used: Sequence[str]) -> list[str]:
    """Names that were given more often than they were used."""
    return sorted((Counter(path.name for path in files) - Counter(used)).elements())


def _portraits(settings: EvaluationSettings) -> list[Path]:
    if settings.portraits is None:
        return []
    return find_pictures(settings.portraits, split=settings.split, most=settings.most_portraits)


def _self_results(
    clips: Sequence[Path],
    animator: Animator,
    judges: Judges,
    settings: EvaluationSettings,
    progress: Progress,
) -> list[ClipResult]:
    logger.info("%d clips, each led by its own frames", len(clips))
    methods = (WholeFrameModel(animator), CopiedSource(), WarpedMesh())
    results = reenact_clips(clips, methods, judges, most_frames=settings.most_frames, progress=progress)
    if not results:
        raise SettingError(
            f"None of the {len(clips)} clips in {settings.clips} could be used; each needs a face in its "
            "first frame and a second frame."
        )
    return results
