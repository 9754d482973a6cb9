"""How many of very many scores are where: a histogram that grows by blocks and merges across shards."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int32, Int64
from numpy import ndarray

BINS_A_UNIT = 10_000
NUM_BINS = 2 * BINS_A_UNIT
"""Bins of 1e-4 over the cosines from -1 to 1. Rates at their edges are exact."""

EDGES: Float64[ndarray, "edges"] = np.linspace(-1.0, 1.0, NUM_BINS + 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreHistogram:
    """Counts of scores, with what is needed for their mean and spread."""

    counts: Int64[ndarray, "bins"]
    total: float
    total_of_squares: float

    @property
    def num(self) -> int:
        return int(self.counts.sum())

    @property
    def mean(self) -> float:
        return self.total / self.num if self.num else float("nan")

    @property
    def variance(self) -> float:
        return max(self.total_of_squares / self.num - self.mean**2, 0.0) if self.num else float("nan")

    def plus(self, other: "ScoreHistogram") -> "ScoreHistogram":
        """Both together."""
        return ScoreHistogram(
            counts=self.counts + other.counts,
            total=self.total + other.total,
            total_of_squares=self.total_of_squares + other.total_of_squares,
        )

    def minus(self, part: "ScoreHistogram") -> "ScoreHistogram":
        """Without scores that were counted before."""
        return ScoreHistogram(
            counts=self.counts - part.counts,
            total=self.total - part.total,
            total_of_squares=self.total_of_squares - part.total_of_squares,
        )


def histogram_of(scores: ndarray) -> ScoreHistogram:
    """The histogram of scores of any shape."""
    flat = scores.reshape(-1)
    return ScoreHistogram(
        counts=np.bincount(bins_of(flat), minlength=NUM_BINS),
        total=float(flat.sum(dtype=np.float64)),
        total_of_squares=float(np.einsum("n,n->", flat, flat, dtype=np.float64)),
    )


def bins_of(scores: ndarray) -> Int32[ndarray, "n"]:
    """The bin of each score; rounding may carry a cosine a little beyond 1."""
    bins = (scores * np.float32(BINS_A_UNIT) + np.float32(BINS_A_UNIT)).astype(np.int32)
    return np.clip(bins, 0, NUM_BINS - 1, out=bins)


def shares_at_least(counts: ndarray) -> Float64[ndarray, "edges"]:
    """For each edge the share of what lies at or above it; counts may be weights. nan where there is none."""
    above = np.concatenate([np.cumsum(counts[::-1])[::-1], [0]])
    return above / above[0] if above[0] else np.full(len(counts) + 1, np.nan)
