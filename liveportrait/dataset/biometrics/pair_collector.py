"""Remembers, of a stream of pairs, the highest scores exactly and a random part of all."""

import numpy as np
from jaxtyping import Int64
from numpy import ndarray

from liveportrait.dataset.biometrics.comparisons import NonMatedPairs

_PAIR = np.dtype([("first", np.int32), ("second", np.int32), ("score", np.float32)])


class PairCollector:
    """Fed block by block; holds at most twice `num_highest` pairs and the sample."""

    def __init__(self, *, num_highest: int, sampled_share: float, seed: int) -> None:
        self._num_highest = num_highest
        self._sampled_share = sampled_share
        self._rng = np.random.default_rng(seed)
        self._cut = -np.inf
        """Every pair above it that was seen is remembered."""
        self._highest = [np.empty(0, _PAIR)]
        self._sampled = [np.empty(0, _PAIR)]

    def high_places(self, scores: ndarray) -> Int64[ndarray, "_"]:
        """Which of these scores may be among the highest."""
        return np.flatnonzero(scores > np.float32(self._cut))

    def sampled_places(self, num: int) -> Int64[ndarray, "_"]:
        """A random part of so many places; one may be drawn twice."""
        if self._sampled_share == 1.0:
            return np.arange(num)
        return np.sort(self._rng.integers(num, size=self._rng.binomial(num, self._sampled_share)))

    def keep_high(self, first: ndarray, second: ndarray, scores: ndarray) -> None:
        """Remember pairs that stood at `high_places`."""
        self._highest.append(_table(first, second, scores))
        if sum(map(len, self._highest)) > 2 * self._num_highest:
            self._prune()

    def keep_sampled(self, first: ndarray, second: ndarray, scores: ndarray) -> None:
        """Remember pairs that stood at `sampled_places`."""
        self._sampled.append(_table(first, second, scores))

    def pairs(self) -> NonMatedPairs:
        """What is remembered by now."""
        self._prune()
        highest, sampled = _sorted(self._highest[0]), _sorted(np.concatenate(self._sampled))
        both = np.concatenate([highest, sampled[sampled["score"] <= self._cut]])
        return NonMatedPairs(
            first=both["first"].copy(),
            second=both["second"].copy(),
            scores=both["score"].copy(),
            num_highest=len(highest),
        )

    def _prune(self) -> None:
        """Let go what is no longer among the highest; of equal scores all stay or all go."""
        all_of_them = np.concatenate(self._highest)
        if len(all_of_them) > self._num_highest:
            beyond = len(all_of_them) - self._num_highest - 1
            self._cut = float(np.partition(all_of_them["score"], beyond)[beyond])
            all_of_them = all_of_them[all_of_them["score"] > self._cut]
        self._highest = [all_of_them]


def _table(first: ndarray, second: ndarray, scores: ndarray) -> ndarray:
    table = np.empty(len(scores), _PAIR)
    table["first"], table["second"], table["score"] = first, second, scores
    return table


def _sorted(pairs: ndarray) -> ndarray:
    """By falling score, then by who they are."""
    return pairs[np.lexsort((pairs["second"], pairs["first"], -pairs["score"]))]
