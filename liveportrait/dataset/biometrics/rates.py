"""Error rates of a recogniser over all thresholds.

ISO/IEC 19795-1: FMR(t) is the share of non-mated scores that are t or more, FNMR(t) the share of
mated scores below t. They meet at the equal error rate.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

from liveportrait.dataset.biometrics.comparisons import Comparisons
from liveportrait.dataset.biometrics.score_histogram import (
    EDGES,
    ScoreHistogram,
    bins_of,
    histogram_of,
    shares_at_least,
)
from liveportrait.dataset.errors import DatasetError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ErrorRates:
    """Both rates at the edges of the score histogram, `score_histogram.EDGES`."""

    fmr: Float64[ndarray, "edges"]
    """Falls with the threshold."""
    fnmr: Float64[ndarray, "edges"]
    """Rises with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingPoint:
    """Where a recogniser may be run."""

    threshold: float
    fmr: float
    fnmr: float


def error_rates(comparisons: Comparisons) -> ErrorRates:
    """The rates over all comparisons that were made."""
    mated = np.bincount(bins_of(comparisons.mated.scores), minlength=len(EDGES) - 1)
    return ErrorRates(
        fmr=shares_at_least(comparisons.non_mated.counts),
        fnmr=1 - shares_at_least(mated),
    )


def equal_error(rates: ErrorRates) -> OperatingPoint:
    """Where the two rates meet, between edges on straight lines."""
    difference = rates.fmr - rates.fnmr
    if np.isnan(difference).any():
        return OperatingPoint(threshold=float("nan"), fmr=float("nan"), fnmr=float("nan"))
    right = int(np.argmax(difference <= 0))
    if right == 0:
        return _point(rates, 0, 0.0)
    rise = difference[right - 1] - difference[right]
    return _point(rates, right - 1, float(difference[right - 1] / rise))


def point_at_fmr(rates: ErrorRates, fmr: float) -> OperatingPoint:
    """The lowest edge at which no more than that share of strangers matches."""
    if np.isnan(rates.fmr[0]):
        return OperatingPoint(threshold=float("nan"), fmr=float("nan"), fnmr=float("nan"))
    return _point(rates, int(np.argmax(rates.fmr <= fmr)), 0.0)


def point_at_threshold(rates: ErrorRates, threshold: float) -> OperatingPoint:
    """Both rates at a threshold, between edges on straight lines."""
    return OperatingPoint(
        threshold=threshold,
        fmr=float(np.interp(threshold, EDGES, rates.fmr)),
        fnmr=float(np.interp(threshold, EDGES, rates.fnmr)),
    )


def threshold_at_fmr(comparisons: Comparisons, fmr: float) -> float:
    """The lowest score that no more than that share of strangers reaches; exact among the highest pairs."""
    num = comparisons.non_mated.num
    allowed = int(fmr * num * (1 + 1e-9))
    if allowed < 1:
        raise DatasetError(
            f"A false match rate of {fmr} cannot be measured with {num} comparisons of different people; "
            f"it takes at least {int(np.ceil(1 / fmr))}, and thirty times as many for a figure to rely on."
        )
    pairs = comparisons.pairs
    if allowed < pairs.num_highest:
        return float(np.nextafter(pairs.scores[allowed], np.float32(2)))
    return point_at_fmr(error_rates(comparisons), fmr).threshold


def d_prime(comparisons: Comparisons) -> float:
    """How far the two kinds of scores lie apart, in standard deviations (mean of both variances)."""
    mated: ScoreHistogram = histogram_of(comparisons.mated.scores)
    spread = ((mated.variance + comparisons.non_mated.variance) / 2) ** 0.5
    return (mated.mean - comparisons.non_mated.mean) / spread if spread else float("nan")


def _point(rates: ErrorRates, left: int, part: float) -> OperatingPoint:
    """Between an edge and the next."""
    right = min(left + 1, len(EDGES) - 1)
    threshold, fmr, fnmr = (
        float(values[left] + part * (values[right] - values[left]))
        for values in (EDGES, rates.fmr, rates.fnmr)
    )
    return OperatingPoint(threshold=threshold, fmr=fmr, fnmr=fnmr)
