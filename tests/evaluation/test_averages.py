import math
from dataclasses import dataclass

import pytest

from liveportrait.evaluation.averages import mean_figures, nan_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    b: float
    inner: Inner
    second: Inner | None


def test_means_are_taken_field_by_field_over_what_is_known() -> None:
    rows = [
        Outer(b=1.0, inner=Inner(a=float("nan")), second=None),
        Outer(b=3.0, inner=Inner(a=4.0), second=Inner(a=5.0)),
    ]
    assert mean_figures(rows) == Outer(b=2.0, inner=Inner(a=4.0), second=Inner(a=5.0))
    assert mean_figures(rows[:1]).second is None


def test_nothing_known_is_nan() -> None:
    assert math.isnan(nan_mean([]))
    assert math.isnan(nan_mean([float("nan")]))
    assert nan_mean([1.0, float("inf"), 2.0]) == pytest.approx(1.5)
