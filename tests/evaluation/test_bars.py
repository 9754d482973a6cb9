import pytest

from liveportrait.evaluation.bars import Bar, control_bars, stitching_bars
from liveportrait.evaluation.control_accuracy import ControlFigures, ControlResult
from liveportrait.evaluation.stitching_effect import StitchingFigures


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


def test_stage_two_has_a_bar_for_each_network() -> None:
    figures = ControlFigures(correlation=0.95, slope=1.0, error=0.0)
    results = [
        ControlResult(control=name, num_portraits=1, figures=figures, second=None)
        for name in ("yaw_deg", "eye_open_ratio", "lip_open_ratio")
    ]
    stitching = stitching_bars(StitchingFigures(stitched=0.01, unstitched=0.02, undriven=0.0))
    bars = [*control_bars(results), *stitching]
    assert [bar.name.split()[0] for bar in bars] == ["eye", "lip", "seam"]
    assert all(bar.cleared for bar in bars)
    assert stitching_bars(None) == []
