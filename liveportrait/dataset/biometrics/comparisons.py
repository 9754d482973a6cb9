"""Every comparison of a set of embeddings, as far as rates and their intervals need it.

Mated scores are kept one by one. Of non-mated ones there is a histogram of all, the highest
exactly (they decide at low false match rates), and a random part of the rest for the bootstrap.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int32, Int64
from numpy import ndarray

from liveportrait.dataset.biometrics.score_histogram import ScoreHistogram


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MatedScores:
    """Scores of one person's images with each other."""

    identity: Int32[ndarray, "n"]
    scores: Float32[ndarray, "n"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NonMatedPairs:
    """Pairs of different people, highest score first: the highest of all, then a sample of the others."""

    first: Int32[ndarray, "n"]
    second: Int32[ndarray, "n"]
    """Identities."""
    scores: Float32[ndarray, "n"]
    num_highest: int
    """So many from the start are the highest without a gap; what follows was drawn evenly."""

    def where(self, chosen: ndarray) -> "NonMatedPairs":
        """Some of them, in the same order."""
        return NonMatedPairs(
            first=self.first[chosen],
            second=self.second[chosen],
            scores=self.scores[chosen],
            num_highest=int(chosen[: self.num_highest].sum()),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparisons:
    """What a recogniser said about every pair."""

    identity_ids: tuple[str, ...]
    """In rising order; identities are numbered by it."""
    references: Int64[ndarray, "identities"]
    """Enrolled images of each identity on the one side of a comparison."""
    probes: Int64[ndarray, "identities"] | None
    """On the other side; None where one set is compared with itself."""
    mated: MatedScores
    non_mated: ScoreHistogram
    pairs: NonMatedPairs
    num_failed: int
    """Images that gave no vector: failures to enrol or to acquire."""
    num_images: int
    num_mated_lost: int
    """Mated comparisons that could not be made for it."""

    @property
    def failure_rate(self) -> float:
        return self.num_failed / self.num_images if self.num_images else float("nan")

    def num_non_mated(self, weights: Float64[ndarray, "identities"]) -> float:
        """Non-mated pairs where identity k stands there `weights[k]` times, and its copies are one person."""
        ours = weights * self.references
        if self.probes is None:
            return float(ours.sum() ** 2 - np.square(ours).sum()) / 2
        theirs = weights * self.probes
        return float(ours.sum() * theirs.sum() - (ours * theirs).sum())
