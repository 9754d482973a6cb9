"""Finds thresholds on a labelled set."""

import hashlib
from collections.abc import Sequence

import numpy as np

from liveportrait.dataset.biometrics.bootstrap import BootstrapSettings, intervals
from liveportrait.dataset.biometrics.comparing import ComparingSettings, compare_within
from liveportrait.dataset.biometrics.rates import (
    ErrorRates,
    point_at_fmr,
    point_at_threshold,
    threshold_at_fmr,
)
from liveportrait.dataset.biometrics.thresholds import Calibration
from liveportrait.dataset.biometrics.weighted_rates import WeightedRates
from liveportrait.dataset.embeddings import Embeddings
from liveportrait.dataset.errors import DatasetError

HEADROOM = 4
"""So many times the false matches are kept exactly: replicates may have more of them."""


def calibrate(
    labelled: Embeddings,
    *,
    set_name: str,
    fmrs: Sequence[float],
    bootstrap: BootstrapSettings | None = None,
) -> list[Calibration]:
    """One threshold for each rate; every image of the set is compared with all of other people."""
    bootstrap = bootstrap or BootstrapSettings()
    num_pairs = len(labelled) * (len(labelled) - 1) // 2
    most = ComparingSettings(num_highest=int(HEADROOM * max(fmrs) * num_pairs) + 1000)
    comparisons = compare_within(labelled, most)
    thresholds = [threshold_at_fmr(comparisons, fmr) for fmr in fmrs]

    def figures(rates: ErrorRates) -> np.ndarray:
        theirs = [point_at_fmr(rates, fmr).threshold for fmr in fmrs]
        return np.array([*theirs, *(point_at_threshold(rates, each).fmr for each in thresholds)])

    bounds = intervals(WeightedRates(comparisons), figures, bootstrap)
    if any(np.isnan([each.low, each.high]).any() for each in bounds):
        raise DatasetError(
            f"{set_name} has {len(comparisons.identity_ids)} people, too few to say how sure its thresholds "
            "are; label some hundred."
        )
    scores = comparisons.pairs.scores
    return [
        Calibration(
            recogniser=labelled.recogniser.name,
            weights_sha256=labelled.recogniser.weights_sha256,
            set_name=set_name,
            set_sha256=digest_of(labelled),
            num_identities=len(comparisons.identity_ids),
            num_comparisons=comparisons.non_mated.num,
            num_false_matches=int((scores >= np.float32(threshold)).sum()),
            fmr=fmr,
            threshold=threshold,
            confidence=bootstrap.confidence,
            threshold_low=of_threshold.low,
            threshold_high=of_threshold.high,
            fmr_low=of_fmr.low,
            fmr_high=of_fmr.high,
        )
        for fmr, threshold, of_threshold, of_fmr in zip(
            fmrs, thresholds, bounds[: len(fmrs)], bounds[len(fmrs) :], strict=True
        )
    ]


def digest_of(labelled: Embeddings) -> str:
    """SHA-256 of the identities, a line each, and of the vectors."""
    digest = hashlib.sha256("".join(f"{name}\n" for name in labelled.identity_ids).encode())
    digest.update(np.ascontiguousarray(labelled.vectors).tobytes())
    return digest.hexdigest()
