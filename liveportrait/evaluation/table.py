"""An evaluation as tables to read."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from liveportrait.evaluation.bars import Bar
from liveportrait.evaluation.control_accuracy import ControlResult
from liveportrait.evaluation.cross_reenactment import CrossFigures, PairResult, cross_means
from liveportrait.evaluation.evaluation import Evaluation
from liveportrait.evaluation.following import FollowFigures
from liveportrait.evaluation.self_reenactment import MethodSummary


class FigureTable(NamedTuple):
    """What is shown of it is the caller's choice; numbers are rounded for people."""

    title: str
    head: tuple[str, ...]
    rows: list[tuple[str, ...]]


def tables(evaluation: Evaluation) -> list[FigureTable]:
    """Self- and cross-reenactment, controls, and the bars last."""
    found = [_self_table(evaluation.summaries)]
    if evaluation.pairs:
        found.append(_cross_table(evaluation.pairs))
    if evaluation.controls.results:
        found.append(_control_table(evaluation.controls.results))
    return [*found, _bar_table(evaluation.bars)]


def _self_table(summaries: Sequence[MethodSummary]) -> FigureTable:
    columns = {summary.method: _self_rows(summary) for summary in summaries}
    return _side_by_side(f"Self-reenactment, {summaries[0].num_clips} clips", columns)


def _self_rows(summary: MethodSummary) -> dict[str, float | None]:
    picture, means = summary.means.picture, summary.means
    return {
        "L1": picture.l1,
        "L1 face": picture.l1_face,
        "PSNR dB": picture.psnr_db,
        "PSNR face dB": picture.psnr_face_db,
        "SSIM": picture.ssim,
        "SSIM face": picture.ssim_face,
        "perceptual": picture.perceptual,
        "perceptual face": picture.perceptual_face,
        "identity to source": picture.identity_to_source,
        "  of real frames": picture.real_identity_to_source,
        "sharpness": picture.sharpness,
        "L1 disoccluded": picture.disoccluded_l1,
        "L1 background": picture.background_l1,
        "flicker": picture.flicker,
        "landmarks / eye distance": means.landmark_error,
        "  second landmarker": means.second_landmark_error,
        **_following_rows(means.following, means.second_following),
        "clips with moving lips": float(summary.num_clips_with_moving_lips),
        "clips with moving eyes": float(summary.num_clips_with_moving_eyes),
        "lip correlation, pooled": summary.lip_correlation_pooled,
        "eye correlation, pooled": summary.eye_correlation_pooled,
    }


def _following_rows(first: FollowFigures, second: FollowFigures | None) -> dict[str, float | None]:
    return {
        "pose error deg": first.pose_error_deg,
        "  second landmarker, deg": second and second.pose_error_deg,
        "lip correlation": first.lips.correlation,
        "  second landmarker, lips": second and second.lips.correlation,
        "lip swing": first.lips.swing,
        "lip error": first.lips.error,
        "eye correlation": first.eyes.correlation,
        "  second landmarker, eyes": second and second.eyes.correlation,
        "eye swing": first.eyes.swing,
        "eye error": first.eyes.error,
        "lost faces": first.lost_faces,
    }


def _cross_table(pairs: Sequence[PairResult]) -> FigureTable:
    columns = {name: _cross_rows(means) for name, means in cross_means(pairs).items()}
    return _side_by_side(f"Cross-reenactment, {len(pairs)} pairs", columns)


def _cross_rows(means: CrossFigures) -> dict[str, float | None]:
    return {
        "identity to source": means.identity_to_source,
        "sharpness": means.sharpness,
        "background drift": means.background_drift,
        "background flicker": means.background_flicker,
        **_following_rows(means.following, means.second_following),
    }


def _control_table(results: Sequence[ControlResult]) -> FigureTable:
    return FigureTable(
        f"Controls, {results[0].num_portraits} portraits",
        ("control", "correlation", "slope", "error", "second: correlation", "slope"),
        [(result.control, *_control_numbers(result)) for result in results],
    )


def _control_numbers(result: ControlResult) -> tuple[str, ...]:
    first, second = result.figures, result.second
    numbers = (first.correlation, first.slope, first.error)
    return tuple(map(_shown, (*numbers, second and second.correlation, second and second.slope)))


def _bar_table(bars: Sequence[Bar]) -> FigureTable:
    rows = [
        (
            bar.name,
            _shown(bar.measured),
            bar.wanted,
            _shown(bar.limit),
            "cleared" if bar.cleared else "missed",
        )
        for bar in bars
    ]
    return FigureTable("Bars", ("figure", "measured", "wanted", "limit", ""), rows)


def _side_by_side(title: str, columns: dict[str, dict[str, float | None]]) -> FigureTable:
    names = next(iter(columns.values()))
    rows = [(name, *(_shown(column[name]) for column in columns.values())) for name in names]
    return FigureTable(title, ("", *columns), rows)


def _shown(number: float | None) -> str:
    return "-" if number is None or math.isnan(number) else f"{number:.4g}"
