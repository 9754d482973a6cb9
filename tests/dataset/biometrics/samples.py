"""Comparisons whose scores are known without any embedding."""

import numpy as np

from liveportrait.dataset.biometrics.comparisons import Comparisons, MatedScores, NonMatedPairs
from liveportrait.dataset.biometrics.score_histogram import histogram_of


def comparisons_of(mated: np.ndarray, non_mated: np.ndarray) -> Comparisons:
    """Scores of so many people, one mated score each; who the strangers are is of no matter."""
    num = len(mated)
    rng = np.random.default_rng(0)
    scores = -np.sort(-non_mated.astype(np.float32))
    first = rng.integers(num, size=len(scores)).astype(np.int32)
    return Comparisons(
        identity_ids=tuple(f"{code:06d}" for code in range(num)),
        references=np.ones(num, int),
        probes=np.ones(num, int),
        mated=MatedScores(identity=np.arange(num, dtype=np.int32), scores=mated.astype(np.float32)),
        non_mated=histogram_of(scores),
        pairs=NonMatedPairs(
            first=first, second=(first + 1) % np.int32(num), scores=scores, num_highest=len(scores)
        ),
        num_failed=0,
        num_images=2 * num,
        num_mated_lost=0,
    )


def two_gaussians(*, d_prime: float, num_mated: int = 20_000, num_non_mated: int = 400_000) -> Comparisons:
    rng = np.random.default_rng(1)
    spread = 0.08
    return comparisons_of(
        rng.normal(spread * d_prime, spread, num_mated), rng.normal(0, spread, num_non_mated)
    )
