"""One kind of comparison, rated: equal error, operating points and DET curve, with intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

from liveportrait.dataset.biometrics.bootstrap import BootstrapSettings, Interval, intervals
from liveportrait.dataset.biometrics.comparisons import Comparisons
from liveportrait.dataset.biometrics.rates import (
    ErrorRates,
    OperatingPoint,
    d_prime,
    equal_error,
    error_rates,
    point_at_fmr,
    point_at_threshold,
)
from liveportrait.dataset.biometrics.thresholds import Calibration
from liveportrait.dataset.biometrics.weighted_rates import WeightedRates

DET_FMRS: Float64[ndarray, "fmrs"] = np.geomspace(1e-6, 0.5, 60)
OWN = "this dataset"


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedPoint:
    """An operating point with its intervals; where the threshold is from decides what it says."""

    origin: str
    """`this dataset`, where the threshold was chosen on it, or the name of the set it was calibrated on."""
    target_fmr: float
    point: OperatingPoint
    fmr: Interval
    """At that threshold."""
    fnmr: Interval
    """Where the threshold was chosen on this dataset: with one that each replicate chooses anew."""
    false_reject_rate: float
    """FNMR with the mated comparisons that a missing face made impossible: these count as rejections."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scenario:
    """What the comparisons of one kind amount to."""

    name: str
    comparisons: Comparisons
    equal_error: OperatingPoint
    equal_error_interval: Interval
    d_prime: float
    points: tuple[RatedPoint, ...]
    det: Float64[ndarray, "fmrs 3"]
    """FNMR at each of `DET_FMRS`: of the set, and the bounds; nan where the set is too small."""


def rated(
    name: str,
    comparisons: Comparisons,
    *,
    fmrs: Sequence[float],
    calibrations: Sequence[Calibration],
    bootstrap: BootstrapSettings,
) -> Scenario:
    """Rate the comparisons; rates that they are too few for are left out."""
    rates = error_rates(comparisons)
    num = comparisons.non_mated.num
    det_fmrs = np.where(DET_FMRS * num >= 1, DET_FMRS, np.nan)
    points = _points(rates, [fmr for fmr in fmrs if fmr * num >= 1], calibrations)

    def figures(rates: ErrorRates) -> Float64[ndarray, "k"]:
        pairs = [_in_replicate(rates, each) for each in points]
        return np.concatenate([[equal_error(rates).fmr], *pairs, _det(rates, det_fmrs)])

    nothing = Interval(low=float("nan"), high=float("nan"), confidence=bootstrap.confidence)
    num_figures = 1 + 2 * len(points) + len(DET_FMRS)
    bounds = intervals(WeightedRates(comparisons), figures, bootstrap) or [nothing] * num_figures
    band = np.array([[each.low, each.high] for each in bounds[-len(DET_FMRS) :]])
    return Scenario(
        name=name,
        comparisons=comparisons,
        equal_error=equal_error(rates),
        equal_error_interval=bounds[0],
        d_prime=d_prime(comparisons),
        points=tuple(
            RatedPoint(
                origin=each.origin,
                target_fmr=each.target_fmr,
                point=each.point,
                fmr=bounds[1 + 2 * place],
                fnmr=bounds[2 + 2 * place],
                false_reject_rate=_false_reject_rate(comparisons, each.point),
            )
            for place, each in enumerate(points)
        ),
        det=np.column_stack([_det(rates, det_fmrs), band]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _NamedPoint:
    origin: str
    target_fmr: float
    point: OperatingPoint


def _points(
    rates: ErrorRates, fmrs: Sequence[float], calibrations: Sequence[Calibration]
) -> list[_NamedPoint]:
    own = [_NamedPoint(origin=OWN, target_fmr=fmr, point=point_at_fmr(rates, fmr)) for fmr in fmrs]
    calibrated = [
        _NamedPoint(
            origin=each.set_name, target_fmr=each.fmr, point=point_at_threshold(rates, each.threshold)
        )
        for each in calibrations
    ]
    return own + calibrated


def _in_replicate(rates: ErrorRates, named: _NamedPoint) -> Float64[ndarray, "2"]:
    """FMR and FNMR of a point, see `RatedPoint`."""
    there = point_at_threshold(rates, named.point.threshold)
    anew = point_at_fmr(rates, named.target_fmr) if named.origin == OWN else there
    return np.array([there.fmr, anew.fnmr])


def _det(rates: ErrorRates, fmrs: Float64[ndarray, "fmrs"]) -> Float64[ndarray, "fmrs"]:
    """FNMR at each of the rates."""
    places = np.searchsorted(-rates.fmr, -fmrs)  # the first edge at which the rate is no more
    fnmr = rates.fnmr[np.minimum(places, len(rates.fnmr) - 1)]
    return np.where(np.isnan(fmrs) | np.isnan(rates.fmr[0]), np.nan, fnmr)


def _false_reject_rate(comparisons: Comparisons, point: OperatingPoint) -> float:
    num, lost = len(comparisons.mated.scores), comparisons.num_mated_lost
    return (point.fnmr * num + lost) / (num + lost) if num else float("nan")
