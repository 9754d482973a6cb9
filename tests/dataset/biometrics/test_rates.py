"""Rates against what is known in closed form, and against counting."""

import numpy as np
import pytest
from scipy.stats import norm

from liveportrait.dataset.biometrics.rates import (
    d_prime,
    equal_error,
    error_rates,
    point_at_fmr,
    point_at_threshold,
    threshold_at_fmr,
)
from liveportrait.dataset.biometrics.score_histogram import EDGES
from liveportrait.dataset.errors import DatasetError
from tests.dataset.biometrics.samples import comparisons_of, two_gaussians


@pytest.mark.parametrize("distance", [1.0, 2.0, 4.0])
def test_two_gaussians_meet_where_theory_says(distance: float) -> None:
    comparisons = two_gaussians(d_prime=distance)
    point = equal_error(error_rates(comparisons))
    assert point.fmr == pytest.approx(norm.cdf(-distance / 2), rel=0.05)
    assert point.fnmr == pytest.approx(point.fmr, abs=1e-9)
    assert point.threshold == pytest.approx(0.08 * distance / 2, abs=2e-3)
    assert d_prime(comparisons) == pytest.approx(distance, rel=0.02)


def test_rates_at_edges_are_counts() -> None:
    rng = np.random.default_rng(3)
    mated, strangers = rng.uniform(-0.2, 1, 300), rng.uniform(-1, 0.5, 2000)
    rates = error_rates(comparisons_of(mated, strangers))
    mated, strangers = mated.astype(np.float32), strangers.astype(np.float32)
    for edge in (0, 7_000, 11_111, 14_000, 20_000):
        assert rates.fmr[edge] == pytest.approx((strangers >= EDGES[edge]).mean(), abs=1 / 2000)
        assert rates.fnmr[edge] == pytest.approx((mated < EDGES[edge]).mean(), abs=1 / 300)


def test_the_threshold_is_the_lowest_that_holds_the_rate() -> None:
    strangers = np.random.default_rng(0).uniform(-1, 0.5, 5000)
    comparisons = comparisons_of(np.full(100, 0.9), strangers)
    scores = comparisons.pairs.scores
    for fmr in (0.0002, 0.001, 0.01, 0.3):
        threshold = np.float32(threshold_at_fmr(comparisons, fmr))
        assert (scores >= threshold).mean() == pytest.approx(fmr, abs=1e-9)
        assert (scores >= np.nextafter(threshold, np.float32(-2))).mean() > fmr


def test_strangers_of_one_score_are_all_above_or_all_below() -> None:
    comparisons = comparisons_of(np.full(10, 0.9), np.repeat([0.5, 0.2], [30, 970]))
    threshold = threshold_at_fmr(comparisons, 0.01)
    assert threshold > 0.5
    assert threshold_at_fmr(comparisons, 0.03) <= 0.5


def test_a_rate_beyond_the_number_of_pairs_is_refused() -> None:
    comparisons = comparisons_of(np.full(10, 0.9), np.linspace(-1, 0, 999))
    with pytest.raises(DatasetError, match="at least 1000"):
        threshold_at_fmr(comparisons, 0.001)


def test_perfect_and_hopeless_recognisers() -> None:
    apart = error_rates(comparisons_of(np.full(50, 0.9), np.full(50, 0.1)))
    assert equal_error(apart).fmr == 0
    assert point_at_fmr(apart, 1e-3).fnmr == 0
    swapped = error_rates(comparisons_of(np.full(50, 0.1), np.full(50, 0.9)))
    assert equal_error(swapped).fmr == 1
    assert point_at_threshold(swapped, 0.5).fnmr == 1


def test_without_scores_there_are_no_rates() -> None:
    rates = error_rates(comparisons_of(np.empty(0), np.empty(0)))
    assert np.isnan(equal_error(rates).fmr)
    assert np.isnan(point_at_fmr(rates, 1e-3).threshold)
