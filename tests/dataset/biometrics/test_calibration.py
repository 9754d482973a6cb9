"""Thresholds are right on the set they are from, and their intervals hold for other people."""

import numpy as np
import pytest

from liveportrait.dataset.biometrics.bootstrap import BootstrapSettings
from liveportrait.dataset.biometrics.calibration import calibrate, digest_of
from liveportrait.dataset.errors import DatasetError
from tests.dataset.people import FAKE, people

FEW = BootstrapSettings(num_replicates=50)


def strangers(num: int, *, seed: int) -> np.ndarray:
    """Scores of different people, highest first."""
    everybody = people(num, num_live=1, seed=seed, dimensions=16)
    names = np.array(everybody.identity_ids)
    upper = np.triu_indices(len(everybody), 1)
    other = ~np.equal.outer(names, names)[upper]
    return -np.sort(-(everybody.vectors @ everybody.vectors.T)[upper][other])


def test_so_many_strangers_match_as_are_allowed() -> None:
    found = calibrate(
        people(60, num_live=1, dimensions=16), set_name="fake people", fmrs=(0.01, 0.001), bootstrap=FEW
    )
    scores = strangers(60, seed=0)
    for calibration, fmr in zip(found, (0.01, 0.001), strict=True):
        matches = int((scores >= np.float32(calibration.threshold)).sum())
        assert matches == calibration.num_false_matches == int(fmr * len(scores))
        assert calibration.threshold_low <= calibration.threshold <= calibration.threshold_high
        assert calibration.fmr_low <= fmr <= calibration.fmr_high
        assert (calibration.recogniser, calibration.weights_sha256) == (FAKE.name, FAKE.weights_sha256)
        assert (calibration.num_identities, calibration.num_comparisons) == (60, len(scores))


def test_the_interval_holds_for_other_people_of_the_kind() -> None:
    truth = strangers(1200, seed=77)
    true_threshold = truth[int(0.01 * len(truth))]
    inside = 0
    for seed in range(12):
        labelled = people(50, num_live=1, dimensions=16, seed=seed)
        (found,) = calibrate(labelled, set_name="", fmrs=(0.01,), bootstrap=FEW)
        inside += found.threshold_low <= true_threshold <= found.threshold_high
    assert inside >= 9  # 11.4 are expected


def test_too_few_people_for_a_rate_are_refused() -> None:
    with pytest.raises(DatasetError, match="cannot be measured"):
        calibrate(people(5, num_live=0), set_name="", fmrs=(1e-4,), bootstrap=FEW)


def test_the_digest_knows_vectors_and_whose_they_are() -> None:
    assert digest_of(people(5)) == digest_of(people(5))
    assert len({digest_of(people(5)), digest_of(people(5, seed=1)), digest_of(people(6))}) == 3
