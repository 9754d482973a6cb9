"""Error rates where some people count more often than others, or not at all."""

import numpy as np
from jaxtyping import Bool, Float64
from numpy import ndarray

from liveportrait.dataset.biometrics.comparisons import Comparisons
from liveportrait.dataset.biometrics.rates import ErrorRates
from liveportrait.dataset.biometrics.score_histogram import NUM_BINS, bins_of, shares_at_least


class WeightedRates:
    """Rates among `members` under weights; what does not change with the weights is done once."""

    def __init__(self, comparisons: Comparisons, members: Bool[ndarray, "identities"] | None = None) -> None:
        mated, pairs = comparisons.mated, comparisons.pairs
        everybody = np.ones(len(comparisons.identity_ids), bool)
        members = everybody if members is None else members
        ours = members[mated.identity]
        self.members = members
        self._comparisons = comparisons
        self._pairs = pairs.where(members[pairs.first] & members[pairs.second])
        self._mated_identity = mated.identity[ours]
        self._mated_bins = bins_of(mated.scores[ours]).astype(np.intp)
        self._pair_bins = bins_of(self._pairs.scores).astype(np.intp)

    @property
    def num_mated(self) -> int:
        return len(self._mated_identity)

    def rates(self, weights: Float64[ndarray, "identities"]) -> ErrorRates:
        """The rates where identity k counts `weights[k]` times; those of others than members are 0."""
        mated = weights[self._mated_identity]
        counts = np.bincount(self._mated_bins, mated, minlength=NUM_BINS)
        return ErrorRates(fmr=self._fmr(weights), fnmr=1 - shares_at_least(counts))

    def _fmr(self, weights: Float64[ndarray, "identities"]) -> Float64[ndarray, "edges"]:
        """The highest pairs count as they are; the sample stands for all others.

        Where it has none of the members' pairs, the others lie below every score that can be told.
        """
        weight = weights[self._pairs.first] * weights[self._pairs.second]
        end = self._pairs.num_highest
        counts = np.bincount(self._pair_bins[:end], weight[:end], minlength=NUM_BINS)
        sampled = np.bincount(self._pair_bins[end:], weight[end:], minlength=NUM_BINS)
        rest = max(self._comparisons.num_non_mated(weights) - counts.sum(), 0.0)
        if sampled.any():
            counts += sampled * (rest / sampled.sum())
        else:
            counts[0] += rest
        return shares_at_least(counts)
