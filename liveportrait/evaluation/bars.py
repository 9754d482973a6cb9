"""The bars that a model should clear, and whether it does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from liveportrait.evaluation.control_accuracy import ControlResult
from liveportrait.evaluation.self_reenactment import MethodSummary, SelfFigures
from liveportrait.evaluation.stitching_effect import StitchingFigures


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One figure and its limit."""

    name: str
    measured: float
    wanted: Literal["at least", "at most", "below"]
    limit: float

    @property
    def cleared(self) -> bool:
        """A figure that could not be measured clears nothing."""
        match self.wanted:
            case "at least":
                return self.measured >= self.limit
            case "at most":
                return self.measured <= self.limit
            case "below":
                return self.measured < self.limit


def self_bars(summaries: Sequence[MethodSummary]) -> list[Bar]:
    """Of the model against its baselines, in self-reenactment."""
    means = {summary.method: summary.means for summary in summaries}
    model, copied, warped = means["model"], means["copy"], means["mesh warp"]
    return [*_following_bars(model), *_picture_bars(model, copied), *_warp_bars(model, warped)]


def control_bars(results: Sequence[ControlResult]) -> list[Bar]:
    """Of the retargeting networks."""
    wanted = {"eye_open_ratio": "eye", "lip_open_ratio": "lip"}
    return [
        Bar(
            name=f"{wanted[result.control]} retargeting, correlation asked to measured",
            measured=result.figures.correlation,
            wanted="at least",
            limit=0.9,
        )
        for result in results
        if result.control in wanted
    ]


def stitching_bars(figures: StitchingFigures | None) -> list[Bar]:
    """Of the stitching network."""
    if figures is None:
        return []
    return [
        Bar(name="seam error, stitched", measured=figures.stitched, wanted="below", limit=figures.unstitched)
    ]


def _following_bars(model: SelfFigures) -> list[Bar]:
    follows = model.following
    return [
        Bar(name="lip opening correlation", measured=follows.lips.correlation, wanted="at least", limit=0.9),
        Bar(name="eye opening correlation", measured=follows.eyes.correlation, wanted="at least", limit=0.7),
        Bar(name="head pose error, degrees", measured=follows.pose_error_deg, wanted="at most", limit=4.0),
    ]


def _picture_bars(model: SelfFigures, copied: SelfFigures) -> list[Bar]:
    ours = model.picture
    return [
        Bar(
            name="L1 in the face over that of the copied source",
            measured=_share(ours.l1_face, copied.picture.l1_face),
            wanted="at most",
            limit=0.5,
        ),
        Bar(
            name="identity to the source over that of real frames",
            measured=_share(ours.identity_to_source, ours.real_identity_to_source),
            wanted="at least",
            limit=0.75,
        ),
        Bar(name="sharpness in the face", measured=ours.sharpness, wanted="at least", limit=0.7),
    ]


def _warp_bars(model: SelfFigures, warped: SelfFigures) -> list[Bar]:
    return [
        Bar(
            name=f"{title}, model below mesh warp",
            measured=getattr(model.picture, field),
            wanted="below",
            limit=getattr(warped.picture, field),
        )
        for title, field in (
            ("L1", "l1"),
            ("L1 in the face", "l1_face"),
            ("perceptual distance", "perceptual"),
            ("L1 in disoccluded regions", "disoccluded_l1"),
        )
    ]


def _share(part: float, whole: float) -> float:
    """nan of nothing: where no clip moves, copying the source is without fault."""
    return part / whole if whole else float("nan")
