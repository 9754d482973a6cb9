"""Intervals hold the truth about as often as they say."""

import numpy as np

from liveportrait.dataset.biometrics.bootstrap import BootstrapSettings, intervals, replicates
from liveportrait.dataset.biometrics.comparing import ComparingSettings, compare_between, compare_within
from liveportrait.dataset.biometrics.rates import ErrorRates, equal_error, error_rates, point_at_threshold
from liveportrait.dataset.biometrics.weighted_rates import WeightedRates
from liveportrait.dataset.embeddings import Embeddings
from tests.dataset.people import people

THRESHOLD = 0.35


def figures(rates: ErrorRates) -> np.ndarray:
    point = point_at_threshold(rates, THRESHOLD)
    return np.array([point.fmr, point.fnmr, equal_error(rates).fmr])


def crowd(num: int, *, seed: int) -> Embeddings:
    return people(num, num_live=1, noise=1.1, dimensions=12, seed=seed)


def test_intervals_cover_the_truth() -> None:
    truth = figures(error_rates(compare_within(crowd(1500, seed=99))))
    settings = BootstrapSettings(num_replicates=60)
    inside = np.zeros(3)
    for seed in range(20):
        found = intervals(WeightedRates(compare_within(crowd(60, seed=seed))), figures, settings)
        inside += [each.low <= value <= each.high for value, each in zip(truth, found, strict=True)]
    assert (inside >= 15).all(), inside  # of 20; 19 are expected


def test_a_sample_of_the_pairs_makes_intervals_wider_and_never_narrower() -> None:
    """What the sample does not know is doubt: two fifths of the pairs, at most twice the width."""
    everybody = crowd(200, seed=0)
    documents, live = everybody.of_role("doc"), everybody.of_role("live")
    of_all, of_some = (
        intervals(WeightedRates(compare_between(documents, live, settings)), figures)
        for settings in (ComparingSettings(), ComparingSettings(num_highest=500, num_sampled=15_000))
    )
    for exact, rough in zip(of_all, of_some, strict=True):
        width = exact.high - exact.low
        assert rough.low - exact.low < 0.1 * width
        assert exact.high - rough.high < 0.1 * width
        assert rough.high - rough.low < 2 * width


def test_copies_of_a_person_are_not_strangers() -> None:
    """Two alike out of three: a replicate that compared copies as strangers would exceed one."""
    comparisons = WeightedRates(compare_within(people(3, num_live=1, noise=0.1)))
    for rates in replicates(comparisons, BootstrapSettings(num_replicates=50)):
        assert np.isnan(rates.fmr).all() or (rates.fmr[19_000] == 0 and rates.fmr[0] == 1)


def test_the_same_seed_gives_the_same_intervals() -> None:
    comparisons = WeightedRates(compare_within(people(20)))
    assert intervals(comparisons, figures) == intervals(comparisons, figures)


def test_nobody_has_no_interval() -> None:
    assert intervals(WeightedRates(compare_within(people(0))), figures) == []
