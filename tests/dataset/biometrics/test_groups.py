"""Rates of a group are those of a dataset that holds nobody else."""

import numpy as np
import pytest

from liveportrait.dataset.biometrics.bootstrap import BootstrapSettings
from liveportrait.dataset.biometrics.comparing import ComparingSettings, compare_between
from liveportrait.dataset.biometrics.groups import group_rates
from liveportrait.dataset.biometrics.rates import error_rates, point_at_threshold
from tests.dataset.people import people

FEW = BootstrapSettings(num_replicates=20)


@pytest.mark.parametrize("num_highest", [100, 10**6])
def test_a_group_alone_has_the_same_rates(num_highest: int) -> None:
    everybody = people(60, num_live=2, noise=1.1, dimensions=12)
    value_of = {name: "A" if int(name, 16) % 3 else "B" for name in everybody.identity_ids}
    documents, live = everybody.of_role("doc"), everybody.of_role("live")
    settings = ComparingSettings(num_highest=num_highest)
    comparisons = compare_between(documents, live, settings)
    groups = group_rates(comparisons, value_of, attribute="gender", thresholds=(0.3, 0.5), bootstrap=FEW)
    assert [(group.value, group.num_identities) for group in groups] == [("A", 40), ("B", 20)]
    for group in groups:
        alone = everybody.where(np.array([value_of[name] == group.value for name in everybody.identity_ids]))
        only = compare_between(alone.of_role("doc"), alone.of_role("live"))
        assert group.num_non_mated == only.non_mated.num
        assert group.num_mated == len(only.mated.scores)
        for found, threshold in zip(group.points, (0.3, 0.5), strict=True):
            expected = point_at_threshold(error_rates(only), threshold)
            assert found.point.fmr == pytest.approx(expected.fmr, abs=1e-3)
            assert found.point.fnmr == pytest.approx(expected.fnmr, abs=1e-3)
            assert found.fmr.low <= found.point.fmr <= found.fmr.high


@pytest.mark.parametrize("num_sampled", [0, 50])
def test_a_small_group_of_a_large_set_is_not_measured_on_its_highest_pairs_alone(num_sampled: int) -> None:
    """Of its 6 comparisons, the remembered ones are those above a cut, where all match, or none at all."""
    everybody = people(200, num_live=1, noise=1.1, dimensions=12)
    documents, live = everybody.of_role("doc"), everybody.of_role("live")
    comparisons = compare_between(
        documents, live, ComparingSettings(num_highest=4000, num_sampled=num_sampled)
    )
    scores = documents.vectors @ live.vectors.T
    for start in range(0, 198, 3):
        trio = slice(start, start + 3)
        names = documents.identity_ids[trio]
        (group,) = group_rates(
            comparisons, dict.fromkeys(names, "A"), attribute="age", thresholds=(0.6,), bootstrap=FEW
        )
        strangers = scores[trio, trio][~np.eye(3, dtype=bool)]
        assert group.points[0].point.fmr == pytest.approx((strangers >= 0.6).mean(), abs=1e-6)


def test_a_person_alone_in_a_group_has_no_false_matches_to_speak_of() -> None:
    everybody = people(5, num_live=1)
    comparisons = compare_between(everybody.of_role("doc"), everybody.of_role("live"))
    value_of = {name: "lonely" if int(name, 16) == 0 else None for name in everybody.identity_ids}
    (group,) = group_rates(comparisons, value_of, attribute="age", thresholds=(0.4,), bootstrap=FEW)
    assert (group.value, group.num_identities, group.num_non_mated) == ("lonely", 1, 0)
    assert np.isnan(group.points[0].point.fmr)
