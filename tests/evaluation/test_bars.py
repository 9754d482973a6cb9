"""Bars are tried on figures whose every field has a number of its own, so that none passes for another."""

import math
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from itertools import count
from typing import Any, get_type_hints

import pytest

from liveportrait.evaluation.bars import Bar, control_bars, self_bars, stitching_bars
from liveportrait.evaluation.control_accuracy import ControlFigures, ControlResult
from liveportrait.evaluation.self_reenactment import MethodSummary, SelfFigures
from liveportrait.evaluation.stitching_effect import StitchingFigures


def numbered(figures: type, numbers: Iterator[int]) -> Any:
    """Every number of it another one; parts that may be missing are."""
    kinds = get_type_hints(figures)
    return figures(**{part.name: _filled(kinds[part.name], numbers) for part in fields(figures)})


def _filled(kind: Any, numbers: Iterator[int]) -> Any:
    if kind is float:
        return float(next(numbers))
    return numbered(kind, numbers) if isinstance(kind, type) and is_dataclass(kind) else None


def summary(method: str, means: SelfFigures) -> MethodSummary:
    return MethodSummary(
        method=method,
        num_clips=3,
        means=means,
        num_clips_with_moving_lips=2,
        num_clips_with_moving_eyes=1,
        lip_correlation_pooled=101.0,
        eye_correlation_pooled=102.0,
    )


def told(bars: list[Bar]) -> list[tuple[str, float, str, float]]:
    return [(bar.name, bar.measured, bar.wanted, bar.limit) for bar in bars]


def test_each_bar_of_self_reenactment_reads_its_own_figure() -> None:
    numbers = count(1)
    model, copied, warped = (numbered(SelfFigures, numbers) for _ in range(3))
    rows = [summary("mesh warp", warped), summary("model", model), summary("copy", copied)]
    ours, follows, bent = model.picture, model.following, warped.picture
    of_copied = ours.l1_face / copied.picture.l1_face
    of_real = ours.identity_to_source / ours.real_identity_to_source
    hidden = "disoccluded regions"
    assert told(self_bars(rows)) == [
        ("lip opening correlation", follows.lips.correlation, "at least", 0.9),
        ("eye opening correlation", follows.eyes.correlation, "at least", 0.7),
        ("head pose error, degrees", follows.pose_error_deg, "at most", 4.0),
        ("L1 in the face over that of the copied source", of_copied, "at most", 0.5),
        ("identity to the source over that of real frames", of_real, "at least", 0.75),
        ("sharpness in the face", ours.sharpness, "at least", 0.7),
        ("L1, model below mesh warp", ours.l1, "below", bent.l1),
        ("L1 in the face, model below mesh warp", ours.l1_face, "below", bent.l1_face),
        ("perceptual distance, model below mesh warp", ours.perceptual, "below", bent.perceptual),
        (f"L1 in {hidden}, model below mesh warp", ours.disoccluded_l1, "below", bent.disoccluded_l1),
    ]  # fmt: skip


def test_a_share_of_nothing_is_not_measured() -> None:
    means = numbered(SelfFigures, count(1))
    still = replace(means, picture=replace(means.picture, l1_face=0.0))
    bars = self_bars([summary("model", means), summary("copy", still), summary("mesh warp", means)])
    share = next(bar for bar in bars if bar.name.endswith("copied source"))
    assert math.isnan(share.measured) and not share.cleared


def test_each_bar_of_stage_two_reads_its_own_figure() -> None:
    numbers = count(1)
    controls = [
        ControlResult(
            control=name,
            num_portraits=1,
            figures=numbered(ControlFigures, numbers),
            second=numbered(ControlFigures, numbers),
        )
        for name in ("yaw_deg", "eye_open_ratio", "lip_open_ratio", "smile")
    ]
    _, eyes, lips, _ = (result.figures for result in controls)
    seams = numbered(StitchingFigures, numbers)
    assert told([*control_bars(controls), *stitching_bars(seams)]) == [
        ("eye retargeting, correlation asked to measured", eyes.correlation, "at least", 0.9),
        ("lip retargeting, correlation asked to measured", lips.correlation, "at least", 0.9),
        ("seam error, stitched", seams.stitched, "below", seams.unstitched),
    ]
    assert stitching_bars(None) == []


@pytest.mark.parametrize(
    ("wanted", "cleared"),
    [("at least", [False, True, True]), ("at most", [True, True, False]), ("below", [True, False, False])],
)
def test_a_bar_knows_its_side(wanted: str, cleared: list[bool]) -> None:
    bars = [Bar(name="x", measured=one, wanted=wanted, limit=0.5) for one in (0.4, 0.5, 0.6)]  # pyright: ignore[reportArgumentType]
    assert [bar.cleared for bar in bars] == cleared


@pytest.mark.parametrize("wanted", ["at least", "at most", "below"])
def test_what_was_not_measured_clears_nothing(wanted: str) -> None:
    assert not Bar(name="x", measured=float("nan"), wanted=wanted, limit=0.5).cleared  # pyright: ignore[reportArgumentType]
