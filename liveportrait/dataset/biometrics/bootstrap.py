"""How sure the rates are: the bootstrap over identities.

Pairs share people and so are not independent; people are. Each replicate draws as many identities
as there are, with replacement: a mated score counts as often as its person was drawn, a non-mated
one as often as both. A person drawn twice is not compared with the copy.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

from liveportrait.dataset.biometrics.comparisons import Comparisons, NonMatedPairs
from liveportrait.dataset.biometrics.rates import ErrorRates
from liveportrait.dataset.biometrics.score_histogram import NUM_BINS, bins_of, shares_at_least


@dataclass(frozen=True, slots=True, kw_only=True)
class BootstrapSettings:
    """How the intervals are found."""

    num_replicates: int = 200
    confidence: float = 0.95
    bootstrap_seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Between two percentiles of the replicates."""

    low: float
    high: float
    confidence: float


def replicates(comparisons: Comparisons, settings: BootstrapSettings) -> Iterator[ErrorRates]:
    """The rates as other draws of people from the same population would give them."""
    rng = np.random.default_rng(settings.bootstrap_seed)
    num = len(comparisons.identity_ids)
    weigh = _Weigher(comparisons)
    for _ in range(settings.num_replicates if num else 0):
        weights = rng.multinomial(num, np.full(num, 1 / num)).astype(np.float64)
        yield weigh.rates(weights)


def intervals(
    comparisons: Comparisons,
    figures: Callable[[ErrorRates], Float64[ndarray, "k"]],
    settings: BootstrapSettings | None = None,
) -> list[Interval]:
    """One interval for each of the figures that are computed from rates."""
    settings = settings or BootstrapSettings()
    found = [figures(rates) for rates in replicates(comparisons, settings)]
    return percentile_intervals(np.array(found), settings.confidence) if found else []


def percentile_intervals(values: Float64[ndarray, "replicates k"], confidence: float) -> list[Interval]:
    """Of each column; nan where a replicate has no value: a figure that is not always there has no bounds."""
    low, high = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    bounds = zip(low.tolist(), high.tolist(), strict=True)
    return [Interval(low=each[0], high=each[1], confidence=confidence) for each in bounds]


class _Weigher:
    """Rates under weights of identities; what does not change with the weights is done once."""

    def __init__(self, comparisons: Comparisons) -> None:
        self._comparisons = comparisons
        self._mated_bins = bins_of(comparisons.mated.scores).astype(np.intp)
        self._pair_bins = bins_of(comparisons.pairs.scores).astype(np.intp)

    def rates(self, weights: Float64[ndarray, "identities"]) -> ErrorRates:
        mated = weights[self._comparisons.mated.identity]
        counts = np.bincount(self._mated_bins, mated, minlength=NUM_BINS)
        return ErrorRates(fmr=self._fmr(weights), fnmr=1 - shares_at_least(counts))

    def _fmr(self, weights: Float64[ndarray, "identities"]) -> Float64[ndarray, "edges"]:
        """The highest pairs count as they are; the sample stands for all others."""
        pairs: NonMatedPairs = self._comparisons.pairs
        weight = weights[pairs.first] * weights[pairs.second]
        end = pairs.num_highest
        counts = np.bincount(self._pair_bins[:end], weight[:end], minlength=NUM_BINS)
        sampled = np.bincount(self._pair_bins[end:], weight[end:], minlength=NUM_BINS)
        rest = self._comparisons.num_non_mated(weights) - counts.sum()
        if sampled.any():
            counts += sampled * (max(rest, 0.0) / sampled.sum())
        return shares_at_least(counts)
